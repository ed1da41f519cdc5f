/*
 * smaps.c - what the kernel reports about single mappings of this process. Of the hundred and fifty entries of
 * /proc/self/smaps the proofs need those of the arenas and of one ordinary page, which low_memory.c places first.
 */
#include "lines.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINES_BYTES (16u * 1024)

static char *ordinary; /* a page that is neither locked nor excluded from dumps and forks, for the control */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

struct filter {
	const struct ct_range *ranges;
	uint64_t count;
	char *text;
	uint64_t size, used;
	uint64_t last; /* the highest address of interest */
	bool wanted;   /* of the current entry */
};

static bool is_wanted(const struct filter *filter, uint64_t start, uint64_t end)
{
	const struct ct_range control = { (uint64_t)(uintptr_t)ordinary, 1 };

	for (uint64_t i = 0; i < filter->count; i++)
		if (ct_overlaps(&filter->ranges[i], start, end))
			return true;
	return ct_overlaps(&control, start, end);
}

/* The first line of an entry is "start-end …" in hexadecimal; the others begin with a capital letter. */
static bool take_line(void *with, const char *line)
{
	struct filter *filter = with;
	size_t length = strlen(line);
	char *after;
	uint64_t start = strtoull(line, &after, 16);

	if (after != line && *after == '-') {
		if (start > filter->last)
			return false;
		filter->wanted = is_wanted(filter, start, strtoull(after + 1, NULL, 16));
	}
	if (!filter->wanted)
		return true;
	if (filter->size - filter->used <= length) {
		filter->used = UINT64_MAX;
		return false;
	}
	memcpy(filter->text + filter->used, line, length);
	filter->text[filter->used + length] = '\n';
	filter->used += length + 1;
	return true;
}

/* Maps the control at the first call. 0 or -errno. */
static int make_control(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int result = 0;

	(void)pthread_mutex_lock(&turn);
	if (ordinary == NULL) {
		void *at = mmap(ct_low_address(page), page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			result = -errno;
		else
			ordinary = at;
	}
	if (ordinary != NULL)
		(void)__atomic_fetch_or(ordinary, 1, __ATOMIC_RELAXED); /* resident */
	(void)pthread_mutex_unlock(&turn);
	return result;
}

int64_t ct_smaps(const struct ct_range *ranges, uint64_t count, char *ret_text, uint64_t size)
{
	struct filter filter = { ranges, count, ret_text, size, 0, 0, false };
	char buffer[LINES_BYTES];
	const struct ct_lines lines = { buffer, sizeof(buffer), take_line, &filter };
	int result = make_control();

	if (result < 0)
		return result;
	filter.last = (uint64_t)(uintptr_t)ordinary;
	for (uint64_t i = 0; i < count; i++)
		if (ranges[i].from + ranges[i].length > filter.last)
			filter.last = ranges[i].from + ranges[i].length;
	result = ct_read_lines("/proc/self/smaps", &lines);
	if (result < 0)
		return result;
	return filter.used == UINT64_MAX ? -ENOSPC : (int64_t)filter.used;
}
