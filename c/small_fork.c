/*
 * small_fork.c - forks a child that only makes system calls, without the memory that it does not need: V8's heap,
 * Deno's data, malloc's heap. Copying their page tables, and the faults of both processes afterwards, would take
 * ten times as long as the fork itself.
 *
 * The child gets the stack of the calling thread, its thread-local variables, and the libraries.
 */
#include "small_fork.h"
#include "attacker.h"
#include "lines.h"
#include "maps.h"

#include <errno.h>
#include <link.h>
#include <sys/mman.h>

#define MOST_LEFT_OUT 256u /* more would be inherited */
#define MOST_LIBRARIES 32u
#define LINES_BYTES (16u * 1024)

#ifdef __SANITIZE_ADDRESS__ /* A child needs its shadow memory too. */
#define NEEDS_ALL true
#else
#define NEEDS_ALL false
#endif

/* What a child needs. */
struct needs {
	struct ct_range libraries[MOST_LIBRARIES];
	size_t count;
	uint64_t stack, thread; /* addresses */
};

static struct ct_range left_out[MOST_LEFT_OUT]; /* guarded by the registry's lock */
static size_t count_left_out;

/* The whole of a library, from its first to its last segment. */
static struct ct_range range_of(const struct dl_phdr_info *object)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uint64_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		if (start < first)
			first = start;
		if (start + segment->p_memsz > last)
			last = start + segment->p_memsz;
	}
	return (struct ct_range){ first, last - first };
}

/* Everything but the program itself, unless this code is part of it. */
static int add_library(struct dl_phdr_info *object, size_t size, void *with)
{
	struct needs *needs = with;
	struct ct_range range = range_of(object);
	uint64_t own = (uint64_t)(uintptr_t)&count_left_out;

	(void)size;
	if (object->dlpi_name[0] == '\0' && !ct_overlaps(&range, own, own + 1))
		return 0;
	if (needs->count == MOST_LIBRARIES)
		return 1;
	needs->libraries[needs->count++] = range;
	return 0;
}

static bool is_needed(const struct needs *needs, const struct ct_mapping *mapping)
{
	for (size_t i = 0; i < needs->count; i++)
		if (ct_overlaps(&needs->libraries[i], mapping->start, mapping->end))
			return true;
	return (mapping->start <= needs->stack && needs->stack < mapping->end) ||
	       (mapping->start <= needs->thread && needs->thread < mapping->end);
}

static bool leave_out(void *with, const char *line)
{
	struct ct_mapping mapping;

	/* MADV_DOFORK would fail on the kernel's own mappings, none of which is writable. */
	if (!ct_read_mapping(line, &mapping) || !mapping.private || !mapping.writable)
		return true;
	if (is_needed(with, &mapping) || ct_arena_is_at(mapping.start, mapping.end))
		return true;
	if (madvise((void *)(uintptr_t)mapping.start, mapping.end - mapping.start, MADV_DONTFORK) == 0)
		left_out[count_left_out++] = (struct ct_range){ mapping.start, mapping.end - mapping.start };
	return count_left_out < MOST_LEFT_OUT;
}

static void leave_out_all(void)
{
	char buffer[LINES_BYTES];
	struct needs needs = {
		.stack = (uint64_t)(uintptr_t)buffer,
		.thread = (uint64_t)(uintptr_t)__builtin_thread_pointer(),
	};
	const struct ct_lines lines = { buffer, sizeof(buffer), leave_out, &needs };

	if (dl_iterate_phdr(add_library, &needs) == 0)
		(void)ct_read_lines("/proc/self/maps", &lines);
}

pid_t ct_small_fork(uint64_t flags)
{
	pid_t pid;
	int error;

	count_left_out = 0;
	if (!NEEDS_ALL)
		leave_out_all();
	pid = ct_bare_fork(flags);
	error = errno;
	if (pid == 0)
		return 0;
	/* No arena can have come there meanwhile: the registry is locked. */
	for (size_t i = 0; i < count_left_out; i++)
		(void)madvise((void *)(uintptr_t)left_out[i].from, left_out[i].length, MADV_DOFORK);
	errno = error;
	return pid;
}
