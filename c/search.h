/*
 * search.h - finds patterns in bytes (search.c), for scan.c and file_search.c, which read them.
 */
#pragma once

#include "internal.h"

#define CT_SHORTEST 8u
#define CT_LONGEST 1024u /* bytes compared of a longer pattern: limits the overlap between chunks */

struct ct_search {
	const struct ct_pattern *patterns;
	uint64_t *filter;  /* a bit per hash value */
	uint32_t *buckets; /* 1 + index of the first entry of each hash */
	struct ct_entry *entries;
	uint32_t hash_shift;
	uint32_t stride;
	uint64_t *places; /* NULL, or the address of each pattern's first copy; before that CT_NO_PLACE */
};

struct ct_text {
	const char *bytes;
	size_t length;
	size_t seen; /* leading bytes that the previous text contained: hits that end in them were counted */
	uint64_t address;
};

/* Bytes of memory that ct_search_prepare needs, a multiple of 16. 0: a pattern is too short, or too many. */
uint64_t ct_search_need(const struct ct_pattern *patterns, uint64_t count);

/* `memory` is zeroed and has ct_search_need bytes. */
void ct_search_prepare(struct ct_search *search, const struct ct_pattern *patterns, uint64_t count, void *memory);

/* Adds to hits; sets first_hit and first_pattern at the first one. */
void ct_search(const struct ct_search *search, const struct ct_text *text, struct ct_scan *found);
