/*
 * file_search.c - finds byte strings in a file that is too large to keep in memory: the kernel's description of its
 * types, or its list of symbols. Both come from the kernel a page at a time and cannot be mapped.
 */
#include "search.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE_BYTES (16u * 1024)

/* Bytes read, fewer than `wanted` only at the end of the file; or -errno. */
static ssize_t read_fully(int fd, char *into, size_t wanted)
{
	size_t filled = 0;

	while (filled < wanted) {
		ssize_t got = read(fd, into + filled, wanted - filled);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	return (ssize_t)filled;
}

/* Each piece follows the end of the piece before it, in which a string may begin. */
static int64_t search_pieces(const struct ct_search *search, int fd, const struct ct_range *range, char *buffer)
{
	struct ct_scan found = { 0 };
	uint64_t at = range->from, end = range->from + range->length;
	size_t kept = 0;

	while (at < end) {
		size_t wanted = end - at < PIECE_BYTES ? (size_t)(end - at) : PIECE_BYTES;
		ssize_t got = read_fully(fd, buffer + kept, wanted);
		struct ct_text text = { .bytes = buffer, .seen = kept, .address = at - kept };

		if (got < 0)
			return got;
		text.length = kept + (size_t)got;
		ct_search(search, &text, &found);
		at += (uint64_t)got;
		if ((size_t)got < wanted)
			break;
		kept = text.length < CT_LONGEST ? text.length : CT_LONGEST;
		memmove(buffer, buffer + text.length - kept, kept);
	}
	return (int64_t)(at - range->from);
}

static int64_t search_file(const char *path, const struct ct_range *range, const struct ct_search *search, char *buffer)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t result;

	if (fd < 0)
		return -errno;
	result = lseek(fd, (off_t)range->from, SEEK_SET) < 0 ? -errno : search_pieces(search, fd, range, buffer);
	(void)close(fd);
	return result;
}

int64_t ct_file_search(const char *path, const struct ct_range *range, const struct ct_pattern *patterns,
		       uint64_t count, uint64_t *ret_places)
{
	uint64_t table = ct_search_need(patterns, count);
	size_t bytes = table + CT_LONGEST + PIECE_BYTES;
	struct ct_search search;
	int64_t result;
	char *memory;

	if (table == 0 || range->length > INT64_MAX - range->from)
		return -EINVAL;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	ct_search_prepare(&search, patterns, count, memory);
	search.places = ret_places;
	result = search_file(path, range, &search, memory + table);
	(void)munmap(memory, bytes);
	return result;
}
