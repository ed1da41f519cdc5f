/*
 * tracers.h - the border of tracers.c: is somebody between a process and the kernel?
 */
#ifndef CT_TRACERS_H
#define CT_TRACERS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The pid of a process that traces a thread of `pid`, 0 when none does, or -errno when that cannot be read.
 * A tracer outside the PID namespace of /proc is shown as none.
 */
int32_t ct_find_tracer(pid_t pid);

/* 0 when the calling process was not traced and is now by its parent; else the errno, EPERM when it was. */
int32_t ct_be_traced_by_parent(void);

/* The errno of a ptrace(2) that nobody is there for: ESRCH, unless a filter answers before the kernel looks. */
int32_t ct_try_ptrace(void);

#endif
