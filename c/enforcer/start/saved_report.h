/*
 * saved_report.h - stores the report of a generation in a map, for an enforcer that adopts it.
 */
#pragma once

#include "enforcer/enforce.h"

struct saved_report {
	uint32_t enforcing, lock, exec_allow, note_count;
	struct enforce_backend backends[CT_BACKENDS];
	char notes[ENFORCE_MAX_NOTES][ENFORCE_TEXT];
};

int saved_write(const struct enforce_report *report);
int saved_read(struct enforce_report *ret_report);
