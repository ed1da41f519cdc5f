/*
 * scan.c - searches our own memory outside arenas for copies of secrets: selects the memory; search.c finds the
 * patterns in it.
 *
 * A short-lived process that shares our memory searches it in place (CLONE_VM, clone(2)). A page that disappears
 * meanwhile faults there, where a handler skips it, and cannot crash us. Copying the memory through the kernel
 * instead takes twice as long.
 *
 * The scratch memory, with the stack of that process, is one unlocked arena: excluded from the scan, and wiped
 * afterwards.
 */
#include "arch.h"
#include "lines.h"
#include "maps.h"
#include "search.h"
#include "sharing_child.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAPS_BYTES (16u * 1024)
#define WINDOW_PAGES 4096u /* pages for one mincore(2) call */
#define STACK_BYTES (32u * 1024)

struct scan {
	struct ct_search search;
	struct ct_lines lines;
	unsigned char *resident; /* one byte for each page */
	char *stack;
	size_t page;
	uint64_t from, to;         /* what is being searched; a fault lowers `to` */
	size_t overlap;            /* bytes before `from` that are searched again */
	sigjmp_buf after_fault;
	uint64_t reached; /* end of the last mapping */
	int result;
	struct ct_scan found;
};

static struct ct_sharing_child child = CT_NO_CHILD; /* its turn guards these: */
static struct scan *running;
static struct ct_range arenas[CT_MOST_ARENAS]; /* copied first: the child must not lock the registry */
static size_t arena_count;

/* The interrupted code goes on here. */
static _Noreturn void start_again(void)
{
	siglongjmp(running->after_fault, 1);
}

/*
 * Excludes the page from the search, which then starts again. A fault elsewhere ends the process. It returns instead
 * of jumping: only sigreturn(2) gives back the right to read pages with a protection key (pkeys(7)), as V8's code is.
 */
static void on_fault(int signo, siginfo_t *info, void *context)
{
	uint64_t at = (uint64_t)(uintptr_t)info->si_addr / running->page * running->page;

	(void)signo;
	if (at >= running->to || at + running->page <= running->from - running->overlap)
		ct_exit_child(EFAULT);
	if (at < running->from)
		running->overlap = 0;
	else
		running->to = at;
	ct_continue_in(context, start_again);
}

/* Searches [start, end), joined to the bytes before it if these were searched just now. Returns the end of what it could read. */
static uint64_t scan_part(struct scan *scan, uint64_t start, uint64_t end)
{
	const struct ct_scan before = scan->found;
	struct ct_text text;

	scan->overlap = start != scan->to ? 0 : scan->to - scan->from + scan->overlap;
	if (scan->overlap > CT_LONGEST)
		scan->overlap = CT_LONGEST;
	scan->from = start;
	scan->to = end;
	if (sigsetjmp(scan->after_fault, 0) != 0)
		scan->found = before;
	text = (struct ct_text){
		.bytes = (const char *)(uintptr_t)(start - scan->overlap),
		.length = scan->overlap + scan->to - start,
		.seen = scan->overlap,
		.address = start - scan->overlap,
	};
	ct_search(&scan->search, &text, &scan->found);
	scan->found.bytes += scan->to - start;
	return scan->to;
}

/* Scans a run of resident pages. Skips pages that cannot be read (unmapped meanwhile). */
static void scan_run(struct scan *scan, uint64_t start, uint64_t end)
{
	while (start < end)
		start = scan_part(scan, start, end) + scan->page;
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
	/* The kernel lists a mapping again if it has grown downwards since. */
	if (start < scan->reached)
		start = scan->reached;
	scan->reached = end > start ? end : start;
	while (start < end) {
		uint64_t pages = (end - start) / scan->page;

		if (pages > WINDOW_PAGES)
			pages = WINDOW_PAGES;
		scan_window(scan, start, pages);
		start += pages * scan->page;
	}
}

static bool is_arena(const struct ct_mapping *mapping)
{
	for (size_t i = 0; i < arena_count; i++)
		if (ct_overlaps(&arenas[i], mapping->start, mapping->end))
			return true;
	return false;
}

static bool scan_line(void *with, const char *line)
{
	struct ct_mapping mapping;

	if (!ct_read_mapping(line, &mapping) || !mapping.readable)
		return true;
	/* Read-only pages of a file contain what is in the file. */
	if ((mapping.writable || mapping.anonymous) && !is_arena(&mapping))
		scan_mapping(with, mapping.start, mapping.end);
	return true;
}

/* In the process that shares our memory. It has its own handlers. */
static int scan_all(void *unused)
{
	const struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	(void)unused;
	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
	running->result = ct_read_lines("/proc/self/maps", &running->lines);
	return 0;
}

/* 0, or -errno. -EFAULT: the process was killed. */
static int run(struct scan *scan)
{
	int status = 0;
	int result = ct_begin_turn(&child);

	if (result < 0)
		return result;
	running = scan;
	arena_count = ct_arena_list(arenas);
	result = ct_run_sharing(&child, scan_all, CT_BIT(SIGSEGV) | CT_BIT(SIGBUS), scan->stack, STACK_BYTES, &status);
	ct_end_turn(&child);
	if (result < 0)
		return result;
	return status == 0 ? scan->result : -EFAULT;
}

int32_t ct_scan(const struct ct_pattern *patterns, uint64_t count, struct ct_scan *ret_scan)
{
	struct scan scan = { .page = (size_t)sysconf(_SC_PAGESIZE), .result = -EFAULT };
	uint64_t table = ct_search_need(patterns, count);
	struct ct_arena *scratch;
	char *at;
	int32_t result;

	if (table == 0)
		return -EINVAL;
	result = ct_arena_map(-1, table + MAPS_BYTES + WINDOW_PAGES + STACK_BYTES, CT_LOCK_NEVER, &scratch);
	if (result < 0)
		return result;
	at = ct_arena_memory(scratch);
	ct_search_prepare(&scan.search, patterns, count, at);
	scan.lines = (struct ct_lines){ at + table, MAPS_BYTES, scan_line, &scan };
	scan.resident = (unsigned char *)at + table + MAPS_BYTES;
	scan.stack = at + table + MAPS_BYTES + WINDOW_PAGES;
	result = run(&scan);
	(void)ct_arena_close(scratch);
	if (result == 0)
		*ret_scan = scan.found;
	return result;
}
