/*
 * wait.c - waits for what comes next: a signal or the end of a child. What it means for whom is
 * process.c, which keeps the book of children.
 */
#include "process.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

/*
 * Every signal that can wait: not those that a fault raises (blocked, they end the process or the
 * result is undefined, sigprocmask(2)), nor glibc's own, 32 and 33, which sigfillset(3) leaves out.
 */
static sigset_t waitable(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGKILL, SIGSTOP };
	sigset_t set;

	(void)sigfillset(&set);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		(void)sigdelset(&set, faults[i]);
	return set;
}

int32_t ct_signals_block(void)
{
	sigset_t set = waitable();

	return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The number of the next signal, 0 when none came in time. */
static int take_signal(const sigset_t *set, int32_t wait_ms)
{
	struct timespec limit = { wait_ms / 1000, wait_ms % 1000 * 1000000L };
	int signo = wait_ms < 0 ? sigwaitinfo(set, NULL) : sigtimedwait(set, NULL, &limit);

	if (signo < 0)
		return errno == EINTR ? SIGCHLD : 0;
	return signo;
}

int32_t ct_wait(int32_t timeout_ms, struct ct_event *ret_event)
{
	sigset_t set = waitable();
	int64_t deadline = ct_deadline(timeout_ms);

	for (;;) {
		int32_t left = ct_left(deadline);
		/* Each time round: SIGCHLDs coalesce (signal(7)), and one may have been taken before we came. */
		enum ct_reaped reaped = ct_reap(ret_event);
		int signo;

		if (reaped == CT_REAPED_CHILD)
			return 0;
		signo = take_signal(&set, reaped == CT_REAPED_MORE ? 0 : left);
		if (signo != 0 && signo != SIGCHLD) {
			ct_forward(signo, ret_event);
			return 0;
		}
		if (left == 0 && reaped == CT_REAPED_ALL)
			return 0;
	}
}

uint64_t ct_orphans(void)
{
	return ct_orphan_count;
}
