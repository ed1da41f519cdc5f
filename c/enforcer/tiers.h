/*
 * tiers.h - which tiers are brought up, and what becomes of those that fail.
 */
#ifndef CT_TIERS_H
#define CT_TIERS_H

#include "config.h"
#include "enforce.h"

/* One start, as its steps see it. */
struct start {
	const struct enforce_options *options;
	struct enforce_report *report;
	struct ct_config config;
	uint64_t generation;
	uint64_t old; /* the generation in force, 0: none */
};

/* Family tracking, which every tier needs. 0, or -errno with reason and remedy in the report. */
int tiers_track(struct start *start);
/* Loads, attaches and proves what the options ask for. How many passed. */
unsigned int tiers_bring_up(struct start *start);
/* Proves what is attached already. How many passed. */
unsigned int tiers_prove(struct start *start);
/* The programs of the lock. 0, or -errno with reason and remedy in the report. */
int tiers_lock(struct start *start, int (*before_attaching)(struct start *start));

#endif
