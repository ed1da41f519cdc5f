/*
 * memory.c - wipes memory, and returns memory to the kernel that only the start needed. This memory contains no secrets, and
 * its pages fault in again when used.
 */
#include "ct.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Text that ran once at the start counts as our memory. Its pages are clean: after MADV_DONTNEED (madvise(2)) they
 * stay in the page cache and fault in again without a read. Only for segments that were never writable: relocated
 * read-only data would be lost.
 */
static int drop_text(struct dl_phdr_info *object, size_t size, void *page)
{
	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t mask = *(const uintptr_t *)page - 1;
		uintptr_t start = object->dlpi_addr + segment->p_vaddr;
		uintptr_t end = (start + segment->p_memsz) & ~mask;

		start = (start + mask) & ~mask;
		if (segment->p_type == PT_LOAD && segment->p_flags == (PF_R | PF_X) && start < end)
			(void)madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

int32_t ct_wipe(void *at, uint64_t length)
{
	if (length > 0)
		explicit_bzero(at, length);
	return 0;
}

#define STACK_USED (16u << 10)     /* for the calls from here to madvise(2), and a signal handler */
#define STACK_DROPPED (1024u << 10) /* the kernel maps nothing closer to the main thread's stack (mmap(2), guard gap) */

/* The start used 400 KiB of the main thread's stack. Those pages may still contain what it read. */
static void drop_dead_stack(uintptr_t page)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t end = (here - STACK_USED) & ~(page - 1);

	/* The stack of another thread may have neighbours. */
	if (gettid() == getpid())
		(void)madvise((void *)(end - STACK_DROPPED), STACK_DROPPED, MADV_DONTNEED);
}

int32_t ct_trim(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)malloc_trim(0);
	(void)dl_iterate_phdr(drop_text, &page);
	drop_dead_stack(page);
	return 0;
}
