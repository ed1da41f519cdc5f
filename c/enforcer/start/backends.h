/*
 * backends.h - which backends are brought up, and what becomes of those that fail.
 */
#ifndef CT_BACKENDS_H
#define CT_BACKENDS_H

#include "enforcer/programs/config.h"
#include "enforcer/enforce.h"

/* One start, as its steps see it. */
struct start {
	const struct enforce_options *options;
	struct enforce_report *report;
	struct ct_config config;
	uint64_t generation;
	uint64_t old; /* the generation in force, 0: none */
};

/* Family tracking, which every backend needs. 0, or -errno with reason and remedy in the report. */
int backends_track(struct start *start);
/* Loads, attaches and proves what the options ask for. How many passed. */
unsigned int backends_bring_up(struct start *start);
/* Proves what is attached already. How many passed. */
unsigned int backends_prove(struct start *start);
/* The programs of the lock. 0, or -errno with reason and remedy in the report. */
int backends_lock(struct start *start, int (*before_attaching)(struct start *start));

#endif
