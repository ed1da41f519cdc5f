/*
 * terminal.c - job control. The application leads its own process group in the terminal's foreground. For the shell
 * that started us it belongs to our job: when the terminal stops it, we must stop too, or the shell waits forever.
 */
#include "process.h"

#include <signal.h>
#include <unistd.h>

/*
 * The stopped group, which is continued after the signals that came with SIGCONT were forwarded: `kill %1` sends
 * TERM first, and a process that reads in the background would stop again before it gets TERM. Used only by the
 * thread that calls ct_wait.
 */
static pid_t waiting;

/* The descriptor of our terminal, and its foreground group. -1: no terminal. */
static int find_terminal(pid_t *ret_front)
{
	for (int fd = 0; fd <= 2; fd++) {
		*ret_front = tcgetpgrp(fd);
		if (*ret_front > 0)
			return fd;
	}
	return -1;
}

void ct_pass_terminal(pid_t from, pid_t to)
{
	pid_t front;
	int fd = find_terminal(&front);

	if (fd >= 0 && front == from)
		(void)tcsetpgrp(fd, to); /* SIGTTOU is blocked: see tcsetpgrp(3) */
}

/*
 * Stops our group until SIGCONT, as the terminal would have done if the application were in it. False: the kernel does
 * not stop orphaned groups (setpgid(2)).
 */
static bool stop_our_group(int signo)
{
	static const struct timespec now;
	sigset_t stop, go_on;

	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, signo);
	(void)sigemptyset(&go_on);
	(void)sigaddset(&go_on, SIGCONT);
	(void)kill(0, signo);
	(void)pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
	(void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
	return sigtimedwait(&go_on, NULL, &now) == SIGCONT;
}

/* Whether the shell must see the stop. Not if a signal stopped the application while another group has the terminal. */
static bool concerns_shell(pid_t group, pid_t front, int signo)
{
	if (signo == SIGTTIN || signo == SIGTTOU)
		return front != getpgrp(); /* otherwise the shell made us the foreground, and we pass the terminal on */
	return front == getpgrp() || front == group;
}

void ct_stop_with_group(pid_t group, int signo)
{
	bool goes_on = signo == SIGTTIN || signo == SIGTTOU || signo == SIGTSTP;
	pid_t front;

	if ((!goes_on && signo != SIGSTOP) || find_terminal(&front) < 0)
		return;
	if (concerns_shell(group, front, signo)) {
		ct_pass_terminal(group, getpgrp());
		/* SIGSTOP is for one process; some editors send it to themselves. */
		goes_on |= stop_our_group(signo == SIGSTOP ? SIGTSTP : signo);
		if (!goes_on)
			ct_pass_terminal(getpgrp(), group);
	} else if (signo == SIGTSTP || signo == SIGSTOP) {
		return;
	}
	waiting = goes_on ? group : 0;
}

bool ct_continue_pending(void)
{
	return waiting != 0;
}

void ct_continue_group(void)
{
	pid_t group = waiting;

	waiting = 0;
	if (ct_kill(group, 0, 0) == 0)
		ct_pass_terminal(getpgrp(), group);
	(void)ct_kill(group, SIGCONT, 1);
}
