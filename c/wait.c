/*
 * wait.c - waits for a signal or the end of a child. process.c has the table of children.
 */
#include "process.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/*
 * Every signal except KILL, STOP and glibc's internal 32 and 33, which sigfillset(3) leaves out. This includes the
 * signals of faults, which another process can send. A real fault ends the process although it is blocked
 * (force_sig_info_to_task in the kernel), also PID 1.
 */
static sigset_t waitable(void)
{
	sigset_t set;

	(void)sigfillset(&set);
	(void)sigdelset(&set, SIGKILL);
	(void)sigdelset(&set, SIGSTOP);
	return set;
}

int32_t ct_signals_block(void)
{
	sigset_t set = waitable();

	return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/*
 * A memory error that was found before an access (BUS_MCEERR_AO) is the only fault whose signal can be blocked. It
 * ends this process, like other faults, and is not forwarded to the application.
 */
static bool is_our_fault(const siginfo_t *info)
{
	return info->si_signo == SIGBUS && info->si_code > 0;
}

/* The next signal, 0: timeout. */
static int take_signal(const sigset_t *set, int32_t wait_ms)
{
	struct timespec limit = { wait_ms / 1000, wait_ms % 1000 * 1000000L };
	siginfo_t info = { 0 };
	int signo = wait_ms < 0 ? sigwaitinfo(set, &info) : sigtimedwait(set, &info, &limit);

	if (signo < 0)
		return errno == EINTR ? SIGCHLD : 0;
	if (is_our_fault(&info))
		_exit(128 + signo);
	return signo;
}

int32_t ct_wait(int32_t timeout_ms, struct ct_event *ret_event)
{
	sigset_t set = waitable();
	int64_t deadline = ct_deadline(timeout_ms);

	for (;;) {
		int32_t left = ct_time_left(deadline);
		/* In every iteration: SIGCHLDs coalesce (signal(7)), and one may have arrived before this call. */
		enum ct_reaped reaped = ct_reap(ret_event);
		int signo;

		if (reaped == CT_REAPED_CHILD)
			return 0;
		signo = take_signal(&set, reaped == CT_REAPED_MORE || ct_continue_pending() ? 0 : left);
		if (signo != 0 && signo != SIGCHLD) {
			ct_forward(signo, ret_event);
			return 0;
		}
		if (signo == 0 && ct_continue_pending()) {
			ct_continue_group();
			continue;
		}
		if (left == 0 && reaped == CT_REAPED_ALL)
			return 0;
	}
}

uint64_t ct_orphans(void)
{
	return ct_orphan_count;
}
