/*
 * musl.c - whether a program for musl runs constructors. glibc's loader runs them itself. musl's loader leaves them to
 * __libc_start_main, which programs with their own start code (Go) do not call.
 */
#include "musl.h"
#include "raw.h"

#include <elf.h>

#define START "__libc_start_main"
#define MOST_ENTRIES 128
#define CHUNK 256

static bool read_all(long fd, void *into, size_t length, uint64_t at)
{
	return ct_read_at(fd, into, length, at) == (long)length;
}

static bool find_segment(long fd, const Elf64_Ehdr *head, uint32_t type, uint64_t address, Elf64_Phdr *ret_segment)
{
	for (uint64_t i = 0; i < head->e_phnum; i++) {
		if (!read_all(fd, ret_segment, sizeof(*ret_segment), head->e_phoff + i * sizeof(*ret_segment)))
			return false;
		if (ret_segment->p_type == type &&
		    (type != PT_LOAD ||
		     (address >= ret_segment->p_vaddr && address - ret_segment->p_vaddr < ret_segment->p_filesz)))
			return true;
	}
	return false;
}

/* Finds the names of the dynamic section in the file. */
static bool find_names(long fd, const Elf64_Ehdr *head, uint64_t *ret_at, uint64_t *ret_bytes)
{
	Elf64_Phdr segment;
	uint64_t at = 0, bytes = 0;
	Elf64_Dyn entry;

	if (!find_segment(fd, head, PT_DYNAMIC, 0, &segment))
		return false;
	for (uint64_t i = 0; i < MOST_ENTRIES && i * sizeof(entry) < segment.p_filesz; i++) {
		if (!read_all(fd, &entry, sizeof(entry), segment.p_offset + i * sizeof(entry)))
			return false;
		if (entry.d_tag == DT_STRTAB)
			at = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_STRSZ)
			bytes = entry.d_un.d_val;
		else if (entry.d_tag == DT_NULL)
			break;
	}
	if (bytes == 0 || !find_segment(fd, head, PT_LOAD, at, &segment))
		return false;
	*ret_at = at - segment.p_vaddr + segment.p_offset;
	*ret_bytes = bytes;
	return true;
}

bool ct_runs_constructors(long fd, const Elf64_Ehdr *head)
{
	char text[CHUNK + sizeof(START)]; /* a stack may be small */
	uint64_t at, bytes;

	if (!find_names(fd, head, &at, &bytes))
		return false;
	/* The chunks overlap, because a name may cross their border. */
	for (uint64_t done = 0; done < bytes; done += CHUNK) {
		uint64_t left = bytes - done;
		size_t length = left < sizeof(text) - 1 ? (size_t)left : sizeof(text) - 1;

		if (!read_all(fd, text, length, at + done))
			return false;
		text[length] = '\0';
		for (size_t i = 0; i + sizeof(START) <= length; i++)
			if (ct_equal(text + i, START))
				return true;
	}
	return false;
}
