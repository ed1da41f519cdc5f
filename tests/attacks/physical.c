/*
 * physical.c - the machine's memory past all processes: kcore, /dev/mem. The secret's place in its page is known, so
 * every page is looked at in that place: no page table is needed.
 */
#include "attack.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <unistd.h>

#include "digest.h"

enum { PAGE = 4096, CHUNK = 1 << 22, MOST_SEGMENTS = 64 };

/* Looks at one place of every page among `size` bytes. */
static int look(const struct attack *a, const unsigned char *pages, size_t size, size_t place)
{
	for (size_t at = 0; at + PAGE <= size; at += PAGE) {
		const unsigned char *here = pages + at + place;

		if (here[0] != 0 && digest_of(here, a->target.length) == a->target.digest)
			return saw(a, here, a->target.length);
	}
	return ALLOWED;
}

static int read_range(const struct attack *a, int fd, unsigned long long from, unsigned long long to, size_t place)
{
	static unsigned char pages[CHUNK];
	int result = -ENODATA;

	while (from < to) {
		size_t size = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		ssize_t got = pread(fd, pages, size, (off_t)from);

		if (got <= 0 && result == -ENODATA && got < 0)
			result = -errno;
		if (got > 0)
			result = look(a, pages, (size_t)got, place);
		if (result == LEAKED)
			return result;
		from += got > 0 ? (unsigned long long)got & ~(PAGE - 1ULL) : PAGE;
		if (got > 0 && got < PAGE)
			from += PAGE;
	}
	return result;
}

static int map_range(const struct attack *a, int fd, unsigned long long from, unsigned long long to, size_t place)
{
	int result = -ENODATA;

	while (from < to && result != LEAKED) {
		size_t size = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		void *pages = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)from);

		if (pages == MAP_FAILED)
			return -errno;
		result = look(a, pages, size, place);
		(void)munmap(pages, size);
		from += size;
	}
	return result;
}

/* number: map instead of reading. */
static int scan_memory(struct attack *a)
{
	unsigned long long at = a->row->number ? a->target.secretmem : a->target.heap;
	FILE *ranges = fopen("/proc/iomem", "r");
	int fd = open_path("/dev/mem", O_RDONLY), result = -ENODATA;
	char line[128];

	if (fd < 0 || ranges == NULL)
		return fd < 0 ? fd : -errno;
	if (at == 0)
		return not_here(a, "no memfd_secret");
	while (result != LEAKED && fgets(line, sizeof(line), ranges) != NULL) {
		unsigned long long from, to;
		int found;

		if (line[0] == ' ' || strstr(line, "System RAM") == NULL || sscanf(line, "%llx-%llx", &from, &to) != 2)
			continue;
		from = (from + PAGE - 1) & ~(PAGE - 1ULL);
		found = (a->row->number ? map_range : read_range)(a, fd, from, to + 1, at % PAGE);
		result = result == ALLOWED && found < 0 ? result : found;
	}
	(void)fclose(ranges);
	return result;
}

static int scan_kcore(struct attack *a)
{
	Elf64_Phdr segments[MOST_SEGMENTS];
	Elf64_Ehdr head;
	int fd = open_path("/proc/kcore", O_RDONLY), result = -ENODATA;

	if (fd < 0)
		return fd;
	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) || head.e_phnum > MOST_SEGMENTS ||
	    pread(fd, segments, head.e_phnum * sizeof(segments[0]), (off_t)head.e_phoff) <= 0)
		return errno != 0 ? -errno : -ENODATA;
	for (int i = 0; i < head.e_phnum && result != LEAKED; i++) {
		const Elf64_Phdr *one = &segments[i];

		/* Memory, not the kernel's image or its modules: those have no physical address. */
		if (one->p_type != PT_LOAD || one->p_paddr == (Elf64_Addr)-1 || one->p_memsz > 1ULL << 40)
			continue;
		result = read_range(a, fd, one->p_offset, one->p_offset + one->p_memsz, a->target.heap % PAGE);
	}
	return result;
}

static int open_device(struct attack *a)
{
	char byte;
	int fd = open_path(a->row->text, O_RDONLY);

	if (fd < 0)
		return fd;
	return pread(fd, &byte, 1, 0x80) < 0 ? -errno : ALLOWED;
}

static int port_rights(struct attack *a)
{
	int failed = a->row->number ? iopl(3) : ioperm(0x80, 1, 1);

	return failed < 0 ? -errno : ALLOWED;
}

#define DEVICE(id, says, function, path, how) \
	{ .name = id, .vector = "dev_mem", .what = says, .run = function, .text = path, .number = how, .flags = EVERYBODY }

const struct row physical_rows[] = {
	{ .name = "kcore", .vector = "kcore", .what = "all memory read through /proc/kcore", .run = scan_kcore,
	  .flags = EVERYBODY },
	DEVICE("dev_mem_read", "all memory read through /dev/mem", scan_memory, NULL, 0),
	DEVICE("dev_mem_mmap", "all memory mapped from /dev/mem: memfd_secret too", scan_memory, NULL, 1),
	DEVICE("dev_port", "/dev/port", open_device, "/dev/port", 0),
	DEVICE("iopl", "all ports, by iopl", port_rights, NULL, 1),
	DEVICE("ioperm", "a port, by ioperm", port_rights, NULL, 0),
	{ 0 },
};
