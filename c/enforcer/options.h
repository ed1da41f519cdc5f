/*
 * options.h - the enforcer's command line.
 */
#pragma once

#include "enforce.h"

enum task { TASK_SERVE, TASK_CHECK, TASK_REMOVE, TASK_EXPORT };

struct options {
	struct enforce_options enforce;
	enum task task;
	const char *socket;
	bool installed; /* running from the installed file (node_files/install.h) */
};

/* NULL, or the invalid argument. */
const char *options_read(char *const *arguments, struct options *ret_options);
