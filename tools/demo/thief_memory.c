/*
 * thief_memory.c - attacks that read the victim's memory from outside, over all
 * of its readable mappings: the arena of secret memory and everything else.
 */
#include "thief.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHUNK (1u << 20)
#define PAGE 4096u
#define PATH_BYTES 64
#define PRESENT (3ull << 62) /* in memory or in swap */

void look_in(struct search *search, const void *bytes, size_t length)
{
	search->loot.bytes += length;
	for (int i = 0; i < search->needle_count; i++) {
		size_t size = strlen(search->needles[i]);
		const char *at = bytes;
		const char *end = at + length;
		while ((at = memmem(at, (size_t)(end - at), search->needles[i], size)) != NULL) {
			search->loot.copies[i]++;
			at += size;
		}
	}
}

void look_in_file(struct search *search, const char *path)
{
	static char bytes[CHUNK];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(search, "open", errno);
	ssize_t count;
	while ((count = read(fd, bytes, sizeof bytes)) > 0)
		look_in(search, bytes, (size_t)count);
	(void)close(fd);
}

static int parse(const char *line, struct range *ret_range)
{
	char rights[5], path[256] = "";
	uint64_t inode = 0;
	struct range range = { 0 };
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*s %" SCNu64 " %255[^\n]", &range.start,
		   &range.end, rights, &inode, path) < 4)
		return 0;
	if (rights[0] != 'r' || strncmp(path, "[v", 2) == 0)
		return 0;
	range.is_arena = strstr(path, "/secretmem") != NULL;
	range.is_ordinary = inode != 0 && rights[1] != 'w' && !range.is_arena;
	*ret_range = range;
	return 1;
}

int each_range(pid_t pid, void (*visit)(struct range range, void *context), void *context)
{
	char path[PATH_BYTES], line[512];
	(void)snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "re");
	if (maps == NULL)
		return -errno;
	struct range range;
	while (fgets(line, sizeof line, maps) != NULL)
		if (parse(line, &range))
			visit(range, context);
	(void)fclose(maps);
	return 0;
}

/* A page that is not in memory holds nothing, and asking for it would only bring zeroes into the victim. */
static int is_present(int pagemap, uint64_t at)
{
	uint64_t entry = 0;
	off_t offset = (off_t)(at / PAGE * sizeof entry);
	return pread(pagemap, &entry, sizeof entry, offset) != sizeof entry || (entry & PRESENT) != 0;
}

struct tour {
	struct search *search;
	reader *read_at;
	int fd, pagemap;
};

static size_t present_bytes(const struct tour *tour, uint64_t at, uint64_t end)
{
	size_t length = 0;
	while (at + length < end && length < CHUNK && is_present(tour->pagemap, at + length))
		length += PAGE;
	return length;
}

static void look_in_range(struct range range, void *context)
{
	static char bytes[CHUNK];
	struct tour *tour = context;
	struct search *search = tour->search;
	if (range.is_ordinary && tour->read_at == read_peek)
		return;
	for (uint64_t at = range.start; at < range.end;) {
		size_t want = range.is_arena ? PAGE : present_bytes(tour, at, range.end);
		ssize_t count = want > 0 ? tour->read_at(search, tour->fd, at, bytes, want) : 0;
		if (count <= 0) {
			if (range.is_arena && search->loot.arena_errno == 0)
				search->loot.arena_errno = count < 0 ? (int)-count : EIO;
			at += PAGE;
			continue;
		}
		look_in(search, bytes, (size_t)count);
		at += (uint64_t)count;
	}
}

void look_in_memory(struct search *search, reader *read_at, int fd)
{
	char path[PATH_BYTES];
	(void)snprintf(path, sizeof path, "/proc/%d/pagemap", search->pid);
	struct tour tour = { search, read_at, fd, open(path, O_RDONLY | O_CLOEXEC) };
	int result = each_range(search->pid, look_in_range, &tour);
	if (result < 0)
		fail(search, "open /proc/PID/maps", -result);
	(void)close(tour.pagemap);
}

void attack_environ(struct search *search)
{
	char path[PATH_BYTES];
	(void)snprintf(path, sizeof path, "/proc/%d/environ", search->pid);
	look_in_file(search, path);
}

static ssize_t read_mem(const struct search *search, int fd, uint64_t at, void *bytes, size_t length)
{
	(void)search;
	ssize_t count = pread(fd, bytes, length, (off_t)at);
	return count < 0 ? -errno : count;
}

void attack_mem(struct search *search)
{
	char path[PATH_BYTES];
	(void)snprintf(path, sizeof path, "/proc/%d/mem", search->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(search, "open /proc/PID/mem", errno);
	look_in_memory(search, read_mem, fd);
	(void)close(fd);
}

static ssize_t read_vm(const struct search *search, int fd, uint64_t at, void *bytes, size_t length)
{
	(void)fd;
	struct iovec ours = { bytes, length };
	struct iovec theirs = { (void *)(uintptr_t)at, length };
	ssize_t count = process_vm_readv(search->pid, &ours, 1, &theirs, 1, 0);
	return count < 0 ? -errno : count;
}

void attack_readv(struct search *search)
{
	char probe[8];
	struct iovec ours = { probe, sizeof probe };
	struct iovec theirs = { (void *)8, sizeof probe };
	/* EFAULT: allowed, and nothing lies at address 8. */
	if (process_vm_readv(search->pid, &ours, 1, &theirs, 1, 0) < 0 && errno != EFAULT)
		return fail(search, "process_vm_readv", errno);
	look_in_memory(search, read_vm, -1);
}
