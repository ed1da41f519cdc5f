/*
 * entry_stub.c - the shim's side of the entry stub (tools/base/stub.c): what needs libc. It runs when the loader has
 * bound everything, before Deno. It gives the stub fork(3), with which the stub starts the first fetcher, and the table
 * for ffi/, and it maps the libraries from the executable.
 *
 * The loader can only open files, so the stub passes each library as a memory file: 3 MiB in every container. The
 * executable contains the same bytes. Mapped from there, they are clean pages that all containers of a node share.
 */
#include "entry_stub.h"
#include "internal.h"

#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_BYTES 4096 /* compared before a library is replaced */

struct replacing {
	const struct ct_stub *stub;
	int executable;
	uintptr_t page;
};

/* Pages that were relocated are copied, so that nothing refers to the memfd. On failure the memfd stays mapped. */
static void copy_pages(uintptr_t start, uintptr_t end, int protection)
{
	size_t length = end - start;
	void *copy;

	if (start >= end)
		return;
	copy = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return;
	memcpy(copy, (const void *)start, length);
	if (mprotect(copy, length, protection) < 0 ||
	    mremap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)start) == MAP_FAILED)
		(void)munmap(copy, length);
}

/* End of the relocated part that is read-only (PT_GNU_RELRO); 0 if there is none. */
static uintptr_t end_of_relro(const struct dl_phdr_info *library, uintptr_t mask)
{
	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &library->dlpi_phdr[i];

		if (header->p_type == PT_GNU_RELRO)
			return (library->dlpi_addr + header->p_vaddr + header->p_memsz) & ~mask;
	}
	return 0;
}

static void replace_segment(const struct replacing *with, const struct dl_phdr_info *library,
			    const ElfW(Phdr) *segment, uint64_t offset)
{
	uintptr_t mask = with->page - 1;
	uintptr_t start = library->dlpi_addr + segment->p_vaddr;
	uintptr_t end = (start + segment->p_filesz + mask) & ~mask;
	uintptr_t fixed = end_of_relro(library, mask);
	int protection = PROT_READ | (segment->p_flags & PF_X ? PROT_EXEC : 0);

	start &= ~mask;
	if (segment->p_flags & PF_W) {
		fixed = fixed < start ? start : fixed > end ? end : fixed;
		copy_pages(start, fixed, PROT_READ);
		copy_pages(fixed, end, PROT_READ | PROT_WRITE);
	} else {
		(void)mmap((void *)start, end - start, protection, MAP_PRIVATE | MAP_FIXED, with->executable,
			   (off_t)(offset + (segment->p_offset & ~mask)));
	}
}

/* Whether the executable's file has this library there. */
static bool is_same(const struct replacing *with, const struct dl_phdr_info *library, uint64_t offset)
{
	char header[HEADER_BYTES];

	return (offset & (with->page - 1)) == 0 &&
	       pread(with->executable, header, sizeof(header), (off_t)offset) == (ssize_t)sizeof(header) &&
	       memcmp(header, (const void *)library->dlpi_addr, sizeof(header)) == 0;
}

/* The loader knows a library by the path that the stub gave it: /proc/self/fd/N. */
static int replace_library(struct dl_phdr_info *library, size_t size, void *data)
{
	const struct replacing *with = data;
	const char *number = strrchr(library->dlpi_name, '/');

	(void)size;
	for (uint64_t i = 0; number && i < with->stub->library_count; i++) {
		uint64_t offset = with->stub->libraries[i].offset;

		if (strtoull(number + 1, NULL, 10) != with->stub->libraries[i].fd || !is_same(with, library, offset))
			continue;
		for (int segment = 0; segment < library->dlpi_phnum; segment++)
			if (library->dlpi_phdr[segment].p_type == PT_LOAD)
				replace_segment(with, library, &library->dlpi_phdr[segment], offset);
	}
	return 0;
}

static void map_libraries_from_executable(const struct ct_stub *stub)
{
	struct replacing with = { stub, open("/proc/self/exe", O_RDONLY | O_CLOEXEC), (uintptr_t)getpagesize() };

	if (with.executable < 0)
		return;
	(void)dl_iterate_phdr(replace_library, &with);
	(void)close(with.executable);
}

__attribute__((constructor)) static void serve_stub(void)
{
	struct ct_stub *stub = (struct ct_stub *)getauxval(CT_AT_STUB);

	if (!stub)
		return;
	stub->fork = fork;
	stub->table = ct_table;
	map_libraries_from_executable(stub);
}
