/*
 * sharing_child.c - see sharing_child.h.
 */
#include "sharing_child.h"
#include "process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct start {
	int (*run)(void *);
	uint64_t unblocked;
};

int ct_begin_turn(struct ct_sharing_child *child)
{
	siginfo_t info;
	pid_t stuck;

	if (pthread_mutex_trylock(&child->turn) == 0)
		return 0;
	stuck = child->pid;
	/* It may end meanwhile, and its number may be another process's: only our own children can be waited for. */
	if (stuck > 0 && waitid(P_PID, (id_t)stuck, &info, WEXITED | WNOHANG | WNOWAIT | (int)__WCLONE) == 0)
		(void)kill(stuck, SIGKILL);
	return -ETIMEDOUT;
}

void ct_end_turn(struct ct_sharing_child *child)
{
	(void)pthread_mutex_unlock(&child->turn);
}

void ct_exit_child(int status)
{
	(void)syscall(SYS_exit_group, status);
}

/* A signal that another process sends to the child instead of us stays pending and is lost. */
static int run_in_child(void *with)
{
	const struct start *start = with;
	const uint64_t blocked = ~start->unblocked;

	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, NULL, sizeof(blocked));
	return start->run(NULL);
}

int ct_run_sharing(struct ct_sharing_child *child, int (*run)(void *), uint64_t unblocked, char *stack, size_t size,
		   int *ret_status)
{
	/* Our tracer must not stop the child. */
	const int flags = CLONE_VM | CLONE_VFORK | CLONE_UNTRACED | CLONE_PARENT_SETTID;
	struct start start = { run, unblocked };
	pid_t pid;
	int error;

	CT_FRESH_STACK(stack, size);
	pid = clone(run_in_child, stack + size, flags, &start, &child->pid);
	error = pid < 0 ? errno : 0;
	child->pid = 0; /* it has ended */
	while (pid > 0 && waitpid(pid, ret_status, (int)__WCLONE) < 0)
		if (errno != EINTR)
			return -errno;
	return -error;
}
