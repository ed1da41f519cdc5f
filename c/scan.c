/*
 * scan.c - searches our own memory outside arenas for copies of secrets: selects and reads the memory; search.c
 * finds the patterns in it.
 *
 * Its scratch memory is one unlocked arena: excluded from the scan, and wiped afterwards.
 */
#include "lines.h"
#include "search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAPS_BYTES (16u * 1024)
#define CHUNK_BYTES (256u * 1024) /* fits into the second level cache */
#define WINDOW_PAGES 4096u        /* pages for one mincore(2) call */

struct scan {
	struct ct_search search;
	unsigned char *resident; /* one byte for each page */
	char *chunk;             /* CT_LONGEST bytes of overlap, then CHUNK_BYTES */
	size_t overlap;          /* bytes kept from the end of the previous chunk */
	uint64_t expected;       /* address that directly follows the overlap */
	size_t page;
	struct ct_scan found;
};

/* Reads and searches [start, start + length), joined to the overlap if adjacent. The number of bytes that it could read. */
static size_t scan_chunk(struct scan *scan, uint64_t start, size_t length)
{
	size_t overlap = start == scan->expected ? scan->overlap : 0;
	ssize_t got = ct_kernel_copy(scan->chunk + CT_LONGEST, (const void *)(uintptr_t)start, length);
	struct ct_text text;

	scan->overlap = 0;
	if (got <= 0)
		return 0;
	text = (struct ct_text){
		.bytes = scan->chunk + CT_LONGEST - overlap,
		.length = overlap + (size_t)got,
		.seen = overlap,
		.address = start - overlap,
	};
	ct_search(&scan->search, &text, &scan->found);
	scan->found.bytes += (uint64_t)got;
	scan->overlap = text.length < CT_LONGEST ? text.length : CT_LONGEST;
	memmove(scan->chunk + CT_LONGEST - scan->overlap, text.bytes + text.length - scan->overlap, scan->overlap);
	scan->expected = start + (uint64_t)got;
	return (size_t)got;
}

/* Scans a run of resident pages. Skips pages that cannot be read (unmapped meanwhile, or the kernel's). */
static void scan_run(struct scan *scan, uint64_t start, uint64_t end)
{
	while (start < end) {
		uint64_t length = end - start < CHUNK_BYTES ? end - start : CHUNK_BYTES;
		size_t got = scan_chunk(scan, start, length);

		start += got < length ? got + scan->page : length;
	}
}

static void scan_window(struct scan *scan, uint64_t start, size_t pages)
{
	size_t i = 0;

	if (mincore((void *)(uintptr_t)start, pages * scan->page, scan->resident) < 0)
		return;
	while (i < pages) {
		size_t run = i;

		while (run < pages && (scan->resident[run] & 1))
			run++;
		if (run > i)
			scan_run(scan, start + i * scan->page, start + run * scan->page);
		i = run + 1;
	}
}

static void scan_mapping(struct scan *scan, uint64_t start, uint64_t end)
{
	while (start < end) {
		uint64_t pages = (end - start) / scan->page;

		if (pages > WINDOW_PAGES)
			pages = WINDOW_PAGES;
		scan_window(scan, start, pages);
		start += pages * scan->page;
	}
}

/* One line of proc_pid_maps(5): "start-end perms offset dev inode path". */
static bool scan_line(void *with, const char *line)
{
	char *at;
	uint64_t start = strtoull(line, &at, 16);
	uint64_t end = *at == '-' ? strtoull(at + 1, &at, 16) : 0;
	const char *perms = at + 1;
	bool anonymous;

	if (end <= start || *at != ' ' || strlen(perms) < 4 || perms[0] != 'r')
		return true;
	for (int field = 0; field < 3 && at != NULL; field++)
		at = strchr(at + 1, ' ');
	anonymous = perms[3] == 'p' && at != NULL && strtoull(at, NULL, 10) == 0;
	/* Read-only pages of a file contain what is in the file. */
	if ((perms[1] == 'w' || anonymous) && !ct_arena_overlaps(start, end))
		scan_mapping(with, start, end);
	return true;
}

int32_t ct_scan(const struct ct_pattern *patterns, uint64_t count, struct ct_scan *ret_scan)
{
	struct scan scan = { .page = (size_t)sysconf(_SC_PAGESIZE), .expected = UINT64_MAX };
	uint64_t table = ct_search_need(patterns, count);
	struct ct_lines lines = { .size = MAPS_BYTES, .take = scan_line, .with = &scan };
	struct ct_arena *scratch;
	int32_t result;

	if (table == 0)
		return -EINVAL;
	result = ct_arena_map(-1, table + MAPS_BYTES + WINDOW_PAGES + CT_LONGEST + CHUNK_BYTES, CT_LOCK_NEVER, &scratch);
	if (result < 0)
		return result;
	ct_search_prepare(&scan.search, patterns, count, ct_arena_memory(scratch));
	lines.buffer = (char *)ct_arena_memory(scratch) + table;
	scan.resident = (unsigned char *)lines.buffer + MAPS_BYTES;
	scan.chunk = lines.buffer + MAPS_BYTES + WINDOW_PAGES;
	result = ct_read_lines("/proc/self/maps", &lines);
	(void)ct_arena_close(scratch);
	if (result == 0)
		*ret_scan = scan.found;
	return result;
}
