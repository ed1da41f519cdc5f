/*
 * saved.h - what a generation found out when it was loaded, in a map beside it, for who adopts it.
 */
#ifndef CT_SAVED_H
#define CT_SAVED_H

#include "enforce.h"

struct saved_report {
	uint32_t enforcing, lock, exec_allow, note_count;
	struct enforce_tier tiers[CT_TIERS];
	char notes[ENFORCE_MOST_NOTES][ENFORCE_TEXT];
};

int saved_write(const struct enforce_report *report);
int saved_read(struct enforce_report *ret_report);

#endif
