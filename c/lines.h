/*
 * lines.h - reads the lines of a file (lines.c), for scan.c, smaps.c and small_fork.c.
 */
#pragma once

#include "internal.h"

struct ct_lines {
	char *buffer;
	size_t size; /* longer than every line */
	bool (*take)(void *with, const char *line); /* false: no more lines are wanted */
	void *with;
};

/* 0 or -errno. Calls `take` with each line, without its line feed. */
int ct_read_lines(const char *path, const struct ct_lines *lines);
