/*
 * spawn.c - the child's side of ct_spawn: prepares the new process for execve, and the clone itself. process.c has
 * the table of children.
 *
 * The child runs in our address space while the calling thread is suspended and other threads run
 * (CLONE_VM|CLONE_VFORK, clone(2)), so it may only make system calls and use its own stack.
 */
#include "await_interposer.h"
#include "interposer/target.h"
#include "process.h"
#include "syscalls.h"
#include "tracers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIRST_PASSED 3
#define MOST_PASSED 16u
#define STACK_BYTES (64u * 1024)
#define GUARD_BYTES (64u * 1024) /* at least a page, whatever its size */
#define KERNEL_MASK_BYTES 8u
#define MOST_TO_CLOSE 65536

struct start {
	const struct ct_spawn *what;
	pid_t parent;
	int error; /* out: errno of the failure before or in execve */
};

static void mask_signals(int how, const uint64_t *set, uint64_t *ret_old)
{
	/* The raw call: glibc's function does not change its two internal signals. */
	(void)syscall(SYS_rt_sigprocmask, how, set, ret_old, (size_t)KERNEL_MASK_BYTES);
}

/* Resets all dispositions, including ignored signals (Rust ignores SIGPIPE, a parent may ignore more). */
static void reset_dispositions(void)
{
	static const uint64_t zeros[8]; /* the kernel's struct sigaction: SIG_DFL in any layout */

	for (int signo = 1; signo <= 64; signo++)
		(void)syscall(SYS_rt_sigaction, signo, zeros, NULL, (size_t)KERNEL_MASK_BYTES);
}

/* Creates a process group, and makes it the terminal's foreground if ours was. */
static int lead_group(void)
{
	pid_t before = getpgrp();

	if (setpgid(0, 0) < 0)
		return -1;
	ct_pass_terminal(before, getpid());
	return 0;
}

/* Two steps, so that no descriptor overwrites one that is moved later. */
static int pass_fds(const struct ct_spawn *what)
{
	int staged[MOST_PASSED];
	int count = (int)what->fd_count;

	for (int i = 0; i < count; i++) {
		staged[i] = fcntl(what->fds[i], F_DUPFD_CLOEXEC, FIRST_PASSED + count);
		if (staged[i] < 0)
			return -1;
	}
	for (int i = 0; i < count; i++)
		if (dup2(staged[i], FIRST_PASSED + i) < 0)
			return -1;
	return 0;
}

static void close_from(int lowest)
{
	struct rlimit limit;
	int highest = MOST_TO_CLOSE;

	if (syscall(SYS_close_range, (unsigned)lowest, ~0u, 0u) == 0)
		return;
	/* Linux before 5.9, or an old seccomp profile. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MOST_TO_CLOSE)
		highest = (int)limit.rlim_cur;
	for (int fd = lowest; fd < highest; fd++)
		(void)close(fd);
}

static int limit_files(uint64_t soft)
{
	struct rlimit limit;

	if (soft == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* They keep their numbers, so that the application's other descriptors do not change. */
static void keep_handoff_fds(const struct ct_spawn *what)
{
	for (int i = 0; i < 2; i++)
		(void)fcntl(what->handoff_fds[i], F_SETFD, 0);
}

/* The errno of execve(2), or EOPNOTSUPP. */
static int run(const struct ct_spawn *what, const char *path)
{
	if (what->handoff_fds == NULL) {
		(void)execve(path, what->argv, what->envp);
		return errno;
	}
	/* Inspect it again: the file may have changed. */
	if (ct_inspect_target(path, NULL, NULL) != CT_TARGET_ABLE || ct_be_traced_by_parent() != 0)
		return EOPNOTSUPP;
	keep_handoff_fds(what);
	(void)execve(path, what->argv, what->envp);
	return errno;
}

/* Like execvp(3): skips missing files; returns EACCES if a file existed but could not be executed. */
static int execute(const struct ct_spawn *what)
{
	int error = ENOENT;
	int denied = 0;

	for (const char *const *path = what->paths; *path != NULL; path++) {
		error = run(what, *path);
		if (error == EACCES)
			denied = EACCES;
		else if (error != ENOENT && error != ENOTDIR && error != ESTALE && error != ENODEV && error != ETIMEDOUT)
			return error;
	}
	return denied ? denied : error;
}

static int prepare(const struct start *start)
{
	const struct ct_spawn *what = start->what;

	reset_dispositions();
	if (what->flags & CT_DIE_WITH_US) {
		if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L) < 0)
			return -1;
		if (getppid() != start->parent) { /* it died before PR_SET_PDEATHSIG */
			errno = ESRCH;
			return -1;
		}
	}
	if ((what->flags & CT_OWN_GROUP) && lead_group() < 0)
		return -1;
	if (pass_fds(what) < 0)
		return -1;
	if (what->flags & CT_CLOSE_OTHERS)
		close_from(FIRST_PASSED + (int)what->fd_count);
	return limit_files(what->nofile_soft);
}

static int child_main(void *argument)
{
	struct start *start = argument;
	const uint64_t mask = start->what->handoff_fds != NULL ? CT_TRACED_MASK : 0;

	if (prepare(start) < 0) {
		start->error = errno;
	} else {
		mask_signals(SIG_SETMASK, &mask, NULL);
		start->error = execute(start->what);
	}
	return 127; /* the exit status: see clone(3) */
}

int32_t ct_clone_and_execute(const struct ct_spawn *what, int32_t *ret_pidfd, int *ret_error)
{
	struct start start = { what, getpid(), 0 };
	const uint64_t every = ~(uint64_t)0;
	uint64_t before = 0;
	int pidfd = -1, pid, error;
	char *stack;

	if (what->fd_count > MOST_PASSED)
		return -EINVAL;
	stack = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return -errno;
	(void)mprotect(stack, GUARD_BYTES, PROT_NONE);
	CT_FRESH_STACK(stack + GUARD_BYTES, STACK_BYTES);
	mask_signals(SIG_SETMASK, &every, &before);
	/* Before 5.2 CLONE_PIDFD is ignored, and pidfd stays -1. */
	pid = clone(child_main, stack + GUARD_BYTES + STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &start,
		    &pidfd);
	error = errno;
	mask_signals(SIG_SETMASK, &before, NULL);
	(void)munmap(stack, GUARD_BYTES + STACK_BYTES);
	if (pid < 0)
		return -error;
	if (start.error == 0 && what->handoff_fds != NULL)
		ct_await_interposer(pid, what->handoff);
	*ret_pidfd = pidfd;
	*ret_error = start.error;
	return pid;
}
