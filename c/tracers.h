/*
 * tracers.h - finds processes that trace a process (tracers.c).
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * The pid of a process that traces a thread of `pid`; 0: none; -errno: cannot be read. A tracer outside the
 * PID namespace of /proc appears as none.
 */
int32_t ct_find_tracer(pid_t pid);

/* PTRACE_TRACEME: 0, the parent now traces the calling process; else errno. EPERM: another process traces it. */
int32_t ct_be_traced_by_parent(void);

/* The errno of ptrace(2) for a pid that does not exist: ESRCH, unless a seccomp filter answers first. */
int32_t ct_try_ptrace(void);
