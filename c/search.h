/*
 * search.h - the border between scan.c, which brings memory, and search.c, which finds patterns in it.
 */
#ifndef CT_SEARCH_H
#define CT_SEARCH_H

#include "internal.h"

#define CT_SHORTEST 8u
#define CT_LONGEST 1024u /* of a longer pattern only so much is compared: it bounds what is carried over */

struct ct_search {
	const struct ct_pattern *patterns;
	uint64_t *filter;  /* a bit per hash value */
	uint32_t *buckets; /* 1 + index of the first entry of each hash */
	struct ct_entry *entries;
	uint32_t hash_shift;
	uint32_t stride;
};

struct ct_text {
	const char *bytes;
	size_t length;
	size_t seen; /* so many were part of the text before: hits that end there have been counted */
	uint64_t address;
};

/* Bytes of memory that prepare needs, a multiple of 16; 0: a pattern is too short, or too many. */
uint64_t ct_search_need(const struct ct_pattern *patterns, uint64_t count);

/* `memory` is zeroed and as large as ct_search_need says. */
void ct_search_prepare(struct ct_search *search, const struct ct_pattern *patterns, uint64_t count, void *memory);

/* Adds to hits, and sets first_hit and first_pattern when there was none. */
void ct_search(const struct ct_search *search, const struct ct_text *text, struct ct_scan *found);

#endif
