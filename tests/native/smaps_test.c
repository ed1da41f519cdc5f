/*
 * smaps_test.c - the entries of the wanted mappings, all of them and whole, and the control.
 */
#include "check.h"

#include "ct.h"

#include <inttypes.h>
#include <sys/mman.h>

#define PAGES 5u

static char *place; /* between unreadable pages */
static char text[64 * 1024];

static int64_t read_range(uint64_t first_page, uint64_t pages)
{
	const struct ct_range range = { (uint64_t)(uintptr_t)(place + first_page * PAGE), pages * PAGE };

	memset(text, 0, sizeof(text));
	return ct_smaps(&range, 1, text, sizeof(text) - 1);
}

/* The entry of the mapping that begins with this page, or NULL. */
static const char *entry(uint64_t page)
{
	char start[32];

	(void)snprintf(start, sizeof(start), "%" PRIx64 "-", (uint64_t)(uintptr_t)(place + page * PAGE));
	return strstr(text, start);
}

static int count_of(const char *word)
{
	int count = 0;

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		count++;
	return count;
}

static void test_one(void)
{
	const char *at;
	char resident[40];

	CHECK(read_range(0, PAGES) > 0);
	at = entry(0);
	(void)snprintf(resident, sizeof(resident), "\nRss:            %8zu kB\n", PAGES * PAGE / 1024);
	CHECK(at != NULL && strstr(at, resident) != NULL);
	/* It and the control, each to its last line. */
	CHECK_EQUAL(count_of("\nSize:"), 2);
	CHECK_EQUAL(count_of("\nVmFlags:"), 2);
	CHECK_EQUAL(text[strlen(text) - 1], '\n');
	CHECK_EQUAL(count_of(" rw-p "), 2);
}

static void test_split(void)
{
	CHECK_EQUAL(madvise(place + 2 * PAGE, PAGE, MADV_DONTDUMP), 0);
	CHECK(read_range(0, PAGES) > 0);
	CHECK(entry(0) != NULL && entry(2) != NULL && entry(3) != NULL);
	CHECK_EQUAL(count_of("\nVmFlags:"), 4);
	CHECK(read_range(2, 1) > 0);
	CHECK(entry(0) == NULL && entry(2) != NULL && entry(3) == NULL);
	CHECK(read_range(1, 1) > 0); /* within the first mapping */
	CHECK(entry(0) != NULL && entry(2) == NULL);
	CHECK_EQUAL(madvise(place + 2 * PAGE, PAGE, MADV_DODUMP), 0);
}

static void test_missing(void)
{
	CHECK_EQUAL(munmap(place + PAGE, PAGE), 0);
	CHECK(read_range(1, 1) > 0);
	CHECK(entry(0) == NULL && entry(1) == NULL && entry(2) == NULL);
	CHECK_EQUAL(count_of("\nVmFlags:"), 1);
	CHECK(read_range(0, PAGES) > 0);
	CHECK(entry(0) != NULL && entry(1) == NULL && entry(2) != NULL);
	CHECK(mmap(place + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	      place + PAGE);
}

static void test_ranges(void)
{
	const struct ct_range ranges[] = {
		{ (uint64_t)(uintptr_t)text, 1 },
		{ (uint64_t)(uintptr_t)place, PAGE },
	};

	CHECK(ct_smaps(ranges, 0, text, sizeof(text)) > 0);
	CHECK_EQUAL(ct_smaps(ranges, 2, text, 600), -ENOSPC);
	CHECK(ct_smaps(ranges, 2, text, sizeof(text)) > 0);
	CHECK(entry(0) != NULL);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the whole entry of a mapping, and a control", test_one },
		{ "every mapping in the range, and no neighbour", test_split },
		{ "a mapping that is missing", test_missing },
		{ "several ranges, none, and too little room", test_ranges },
	};

	place = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	place += PAGE;
	if (mprotect(place, PAGES * PAGE, PROT_READ | PROT_WRITE) < 0)
		return 2;
	memset(place, 0x11, PAGES * PAGE);
	return RUN(tests);
}
