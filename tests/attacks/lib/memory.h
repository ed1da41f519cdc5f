/*
 * memory.h - the ways to read another process's memory, and its readable mappings.
 */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_PAGE = 65536 }; /* the largest page of an arm64 kernel; x86-64 has 4 KiB */

static inline size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The start of the page of an address. */
static inline unsigned long long page_of(unsigned long long at)
{
	return at & ~(page_size() - 1ULL);
}

/* Bytes read at `at`, or -errno. `fd` is an open /proc/PID/mem for the reader that needs one. */
typedef ssize_t memory_reader(pid_t pid, int fd, uint64_t at, void *into, size_t size);

static inline ssize_t read_by_file(pid_t pid, int fd, uint64_t at, void *into, size_t size)
{
	ssize_t got = pread(fd, into, size, (off_t)at);

	(void)pid;
	return got < 0 ? -errno : got;
}

static inline ssize_t read_by_call(pid_t pid, int fd, uint64_t at, void *into, size_t size)
{
	struct iovec here = { into, size }, there = { (void *)(uintptr_t)at, size };
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);

	(void)fd;
	return got < 0 ? -errno : got;
}

/* Word by word, from a process that this one traces and that is stopped. */
static inline ssize_t read_by_peek(pid_t pid, int fd, uint64_t at, void *into, size_t size)
{
	(void)fd;
	for (size_t done = 0; done < size; done += sizeof(long)) {
		/* The C library's ptrace() mixes the value and the error. */
		if (syscall(SYS_ptrace, PTRACE_PEEKDATA, pid, at + done, (char *)into + done) < 0)
			return done > 0 ? (ssize_t)done : -errno;
	}
	return (ssize_t)size;
}

struct mapping {
	uint64_t start, end;
	int is_secretmem; /* mapped from memfd_secret(2) */
	int is_file; /* contents of a file that the process cannot have changed */
};

/* Calls `visit` for every readable mapping until it returns another value than 0; returns that, 0, or -errno. */
static inline int each_mapping(pid_t pid, int (*visit)(const struct mapping *one, void *context), void *context)
{
	char path[40], line[512], rights[8], name[256];
	uint64_t inode;
	int result = 0;
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (maps == NULL)
		return -errno;
	while (result == 0 && fgets(line, sizeof(line), maps) != NULL) {
		struct mapping one = { 0 };

		name[0] = '\0';
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %*s %" SCNu64 " %255[^\n]", &one.start, &one.end, rights,
			   &inode, name) < 4)
			continue;
		if (rights[0] != 'r' || strncmp(name, "[v", 2) == 0)
			continue;
		one.is_secretmem = strstr(name, "/secretmem") != NULL;
		one.is_file = inode != 0 && rights[1] != 'w' && rights[3] == 'p' && !one.is_secretmem;
		result = visit(&one, context);
	}
	(void)fclose(maps);
	return result;
}
