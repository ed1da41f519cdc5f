/*
 * terminal.c - the application leads a process group of its own, in front of the terminal. To the shell that
 * started us it is part of our job all the same: what stops it stops us, or the shell would wait for ever.
 */
#include "process.h"

#include <signal.h>
#include <unistd.h>

/*
 * The group that goes on as soon as what came with SIGCONT has been forwarded: `kill %1` sends TERM first,
 * and who reads in the background would stop before it. Of the one thread that waits.
 */
static pid_t waiting;

/* The descriptor of our terminal, and the group in its foreground; -1: there is none. */
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
 * Our group, as the terminal would have stopped it if the application were in it. We stand still until
 * SIGCONT. False: the kernel stops no group that nobody could continue (setpgid(2), orphaned).
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

/* Whether the shell has to learn of it. Not when a signal stopped it while another group has the terminal. */
static bool concerns_shell(pid_t group, pid_t front, int signo)
{
	if (signo == SIGTTIN || signo == SIGTTOU)
		return front != getpgrp(); /* else it put us in front while we ran, and the terminal is ours to pass on */
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
		/* SIGSTOP is meant for one process, and some editors send it to themselves. */
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
