/*
 * backends.h - brings up the backends and proves them.
 */
#pragma once

#include "enforcer/enforce.h"
#include "enforcer/programs/config.h"

/* One start of the enforcer. */
struct start {
	const struct enforce_options *options;
	struct enforce_report *report;
	struct ct_config config;
	uint64_t generation;
	uint64_t old; /* generation in force; 0: none */
};

/* Loads process tracking, which every backend needs. 0, or -errno with reason and remedy in the report. */
int backends_track(struct start *start);
/* Loads, attaches and proves the configured backends. Returns how many passed. */
unsigned int backends_bring_up(struct start *start);
/* Proves attached backends. Returns how many passed. */
unsigned int backends_prove(struct start *start);
/* Loads and attaches the lock. 0, or -errno with reason and remedy in the report. */
int backends_lock(struct start *start, int (*before_attaching)(struct start *start));
