/* terminal.c - hands the terminal's foreground to the application's process group, and back. */
#include "process.h"

#include <unistd.h>

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
