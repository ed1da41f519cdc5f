/*
 * exec.h - execve with a hand-off, for the functions in calls.c and spawn.c.
 */
#pragma once

#include "transfer.h"

#include <stdbool.h>

/* One call that executes a program. */
struct ct_call {
	/* Makes the call, with the descriptors of a transfer or without (NULL). -errno. */
	long (*run)(const struct ct_call *call, char *const *env, const struct transfer *transfer);
	const char *path;
	long fd; /* >= 0: the program's file; path is ignored */
	char *const *argv, *const *env;
	bool in_other_process; /* posix_spawn */
	void *more;        /* context for run */
};

/* Makes the call with a hand-off if the program can receive one, else with the secrets in the environment. */
long ct_execute_call(const struct ct_call *call);

/* The same for execve(2). Does not return on success. -errno. */
long ct_execute(const char *path, long fd, char *const argv[], char *const env[]);
