/*
 * internal.h - shared by the units of the shim. Not exported to TypeScript.
 */
#pragma once

#include "ct.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#define CT_LOCK_NEVER 2u /* ct_arena_map: scratch memory, which must not use up RLIMIT_MEMLOCK */

#define CT_FORK_SHARES 4u /* ct_arena_map: short-lived children share it, so it must not contain secrets */

typedef void (*ct_function)(void);

/* table.c */
extern const ct_function ct_table[];

#define CT_MOST_ARENAS 1024u /* a start needs six, and each set of secrets that is still in use three */

/* Whether a range and [start, end) have a byte in common. */
static inline bool ct_overlaps(const struct ct_range *range, uint64_t start, uint64_t end)
{
	return start < range->from + range->length && range->from < end;
}

/* The number of arenas; where they are, with their guard pages. */
size_t ct_arena_list(struct ct_range ret_ranges[CT_MOST_ARENAS]);

/* Whether [start, end) overlaps an arena or its guard pages. Call it while the registry of arenas is locked. */
bool ct_arena_is_at(uint64_t start, uint64_t end);

/* The memory of an arena between its guard pages. */
void *ct_arena_memory(const struct ct_arena *arena);

/* A random, low address for a mapping of `bytes` bytes, without a promise that it is free (low_memory.c). */
void *ct_low_address(uint64_t bytes);

/* Number of bytes that the kernel copied from our own memory. -EFAULT: not mapped, or secret memory. */
ssize_t ct_kernel_copy(void *into, const void *from, size_t length);

/* The time on the monotonic clock in timeout_ms from now, in milliseconds. timeout_ms < 0: -1, never. */
static inline int64_t ct_deadline(int32_t timeout_ms)
{
	struct timespec now;

	if (timeout_ms < 0)
		return -1;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + timeout_ms;
}

/* Milliseconds until a deadline, for poll(2): -1 for never, 0 when it has passed. */
static inline int32_t ct_time_left(int64_t deadline)
{
	int64_t left;

	if (deadline < 0)
		return -1;
	left = deadline - ct_deadline(0);
	return left > 0 ? (int32_t)left : 0;
}
