/*
 * exec.h - execve as the application's calls do it.
 */
#ifndef CT_EXEC_H
#define CT_EXEC_H

#include "transfer.h"

#include <stdbool.h>

/* One call that executes a program. */
struct ct_call {
	/* Does it, with descriptors of a transfer or with none. -errno. */
	long (*run)(const struct ct_call *call, char *const *env, const struct transfer *transfer);
	const char *path;
	long fd; /* >= 0: the program is that file, and path is not looked at */
	char *const *argv, *const *env;
	bool in_other_process; /* in another process, not in this one */
	void *more;        /* what run needs */
};

/* Secrets of the environment are handed over where the program can take them; else it gets them in the ordinary way. */
long ct_execute_call(const struct ct_call *call);

/* execve(2) so. Does not return, or answers -errno. */
long ct_execute(const char *path, long fd, char *const argv[], char *const env[]);

#endif
