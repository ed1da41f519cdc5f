/*
 * trace.h - ptrace(2): stop a thread, read and change its registers.
 */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "arch.h"

enum way { BY_ATTACH, BY_SEIZE };

/* Attaches and waits until the thread is stopped. 0 or -errno. */
static inline int trace(pid_t pid, enum way way)
{
	int status;

	if (ptrace(way == BY_SEIZE ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0L, 0L) < 0)
		return -errno;
	if (way == BY_SEIZE && ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0)
		return -errno;
	return waitpid(pid, &status, __WALL) < 0 ? -errno : 0;
}

static inline void untrace(pid_t pid)
{
	(void)ptrace(PTRACE_DETACH, pid, 0L, 0L);
}

/* Whether a stopped thread waits in a system call. One that runs code of its own cannot be made to call. */
static inline int is_in_call(pid_t pid, const struct user_regs_struct *regs)
{
	long code;

	errno = 0;
	code = ptrace(PTRACE_PEEKTEXT, pid, (void *)(uintptr_t)ARCH_SYSCALL_AT(regs), NULL);
	return errno == 0 && ((unsigned long)code & ARCH_SYSCALL_MASK) == ARCH_SYSCALL;
}

/* Continues a process at address 0: a fault of its own, which also ends a PID 1. 0 or -errno. */
static inline int crash(pid_t pid)
{
	struct user_regs_struct regs;
	int failed = trace(pid, BY_ATTACH);

	if (failed < 0)
		return failed;
	if (get_registers(pid, &regs) < 0)
		return -errno;
	arch_jump(&regs, 0);
	if (put_registers(pid, &regs) < 0 || ptrace(PTRACE_DETACH, pid, 0L, 0L) < 0)
		return -errno;
	return 0;
}

/* No limit on the size of core dumps. 0 or -errno. */
static inline int lift_core_limit(pid_t pid)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	return prlimit(pid, RLIMIT_CORE, &all, NULL) < 0 ? -errno : 0;
}
