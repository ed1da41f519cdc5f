/*
 * scan_pkeys.c - the search for copies (c/scan.c) on a processor with protection keys: prints the hits without a copy,
 * and with one in a page of V8's kind (a key that forbids writing), behind a page that cannot be read.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u
#define LENGTH 24u

static struct ct_arena *arena;
static struct ct_pattern pattern;

static int make_pattern(void)
{
	void *at;

	if (ct_arena_map(-1, ct_arena_need(1, LENGTH), CT_LOCK_WANTED, &arena) < 0 || ct_arena_format(arena) < 0 ||
	    ct_arena_add(arena, LENGTH) < 0 || ct_arena_block(arena, 0, &at, &pattern.length) < 0)
		return -1;
	for (unsigned i = 0; i < LENGTH; i++)
		((unsigned char *)at)[i] = (unsigned char)(i * 37 + 113);
	pattern.at = at;
	return 0;
}

static long count_hits(void)
{
	struct ct_scan found = { .hits = 0 };
	int result = ct_scan(&pattern, 1, &found);

	return result < 0 ? result : (long)found.hits;
}

int main(void)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int hidden = pkey_alloc(0, PKEY_DISABLE_ACCESS), code = pkey_alloc(0, PKEY_DISABLE_WRITE);

	if (pages == MAP_FAILED || hidden < 0 || code < 0 || make_pattern() < 0)
		return 1;
	(void)printf("without a copy %ld\n", count_hits());
	pages[0] = 1;
	memcpy(pages + PAGE + 100, pattern.at, LENGTH);
	if (pkey_mprotect(pages, PAGE, PROT_READ | PROT_WRITE, hidden) < 0 ||
	    pkey_mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, code) < 0)
		return 1;
	(void)printf("with a copy %ld\n", count_hits());
	return 0;
}
