/*
 * maps.h - lines of /proc/self/maps (proc_pid_maps(5)).
 */
#pragma once

#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct ct_mapping {
	uint64_t start, end;
	bool readable, writable;
	bool private;
	bool anonymous; /* private, without a file */
};

/* Reads "start-end perms offset dev inode path". False: it is something else. */
static inline bool ct_read_mapping(const char *line, struct ct_mapping *ret_mapping)
{
	char *at;
	uint64_t start = strtoull(line, &at, 16);
	uint64_t end = *at == '-' ? strtoull(at + 1, &at, 16) : 0;
	const char *perms = at + 1;

	if (end <= start || *at != ' ' || strlen(perms) < 4)
		return false;
	for (int field = 0; field < 3 && at != NULL; field++)
		at = strchr(at + 1, ' ');
	*ret_mapping = (struct ct_mapping){
		.start = start,
		.end = end,
		.readable = perms[0] == 'r',
		.writable = perms[1] == 'w',
		.private = perms[3] == 'p',
		.anonymous = perms[3] == 'p' && at != NULL && strtoull(at, NULL, 10) == 0,
	};
	return true;
}
