/*
 * scan_test.c - the search for copies: it finds each copy, none without copies, and none in its own memory. Patterns
 * are generated inside an arena, so that no other copy exists.
 */
#include "check.h"

#include "internal.h"
#include "search.h"

#include <pthread.h>
#include <sys/mman.h>

#define CHUNK (256u * 1024)
#define REGION (3u * CHUNK)
#define MOST 2000u

static char *place; /* where copies are planted, between unreadable pages */
static struct ct_arena *arena;
static struct ct_pattern patterns[MOST];

static uint64_t random_bits(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void make_patterns(size_t count, uint64_t length)
{
	(void)ct_arena_close(arena);
	CHECK_EQUAL(ct_arena_map(-1, ct_arena_need(count, count * length), CT_LOCK_WANTED, &arena), 0);
	CHECK_EQUAL(ct_arena_format(arena), 0);
	for (uint32_t i = 0; i < count; i++) {
		void *at;

		CHECK_EQUAL(ct_arena_add(arena, length), (int32_t)i);
		CHECK_EQUAL(ct_arena_block(arena, i, &at, &patterns[i].length), 0);
		for (uint64_t k = 0; k < length; k++)
			((unsigned char *)at)[k] = (unsigned char)random_bits();
		patterns[i].at = at;
	}
}

static struct ct_scan scan(size_t count)
{
	struct ct_scan found = { 0 };

	CHECK_EQUAL(ct_scan(patterns, count, &found), 0);
	return found;
}

static void expect_at(size_t offset, size_t count, size_t which)
{
	struct ct_scan found;

	memcpy(place + offset, patterns[which].at, patterns[which].length);
	found = scan(count);
	CHECK_EQUAL(found.hits, 1);
	CHECK_EQUAL(found.first_hit, (uint64_t)(uintptr_t)(place + offset));
	CHECK_EQUAL(found.first_pattern, which);
	memset(place + offset, 0x11, patterns[which].length);
}

static void test_only_in_the_arena(void)
{
	struct ct_scan found;

	make_patterns(3, 24);
	found = scan(3);
	CHECK_EQUAL(found.hits, 0);
	CHECK_EQUAL(found.first_hit, 0);
	CHECK(found.bytes >= REGION);
	CHECK_EQUAL(scan(0).hits, 0);
}

static void test_borders(void)
{
	static const uint64_t lengths[] = { 8, 9, 11, 16, 18, 19, 20, 24, 63, 1023, 1024, 1025, 5000 };
	const size_t borders[] = { 0, PAGE, CHUNK - PAGE, CHUNK, 2 * CHUNK };

	for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
		size_t step = lengths[l] / 5;

		make_patterns(2, lengths[l]);
		for (size_t b = 0; b < 5; b++)
			for (size_t before = 0; before <= lengths[l] && before <= borders[b]; before += step)
				expect_at(borders[b] - before, 2, l % 2);
	}
}

static void test_every_alignment(void)
{
	static const uint64_t lengths[] = { 8, 11, 18, 19, 20, 40 }; /* strides 5, 8, 15 and 16 */

	for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
		make_patterns(1, lengths[l]);
		for (size_t i = 0; i < 64; i++)
			expect_at(CHUNK / 2 + i, 1, 0);
	}
}

static void test_ends_of_the_mapping(void)
{
	make_patterns(2, 40);
	expect_at(0, 2, 1);
	expect_at(REGION - 40, 2, 0);
}

static void test_many_patterns(void)
{
	make_patterns(MOST, 12);
	CHECK_EQUAL(scan(MOST).hits, 0);
	for (size_t i = 0; i < MOST; i += 333)
		expect_at(CHUNK + 3 * i, MOST, i);
	for (size_t i = 0; i < MOST; i++)
		memcpy(place + 12 * i, patterns[i].at, 12);
	CHECK_EQUAL(scan(MOST).hits, MOST);
	memset(place, 0x11, 12 * MOST);
}

static void test_across_mappings_and_holes(void)
{
	make_patterns(1, 24);
	/* Other flags make another mapping of adjacent bytes. */
	CHECK_EQUAL(madvise(place + CHUNK, CHUNK, MADV_DONTDUMP), 0);
	expect_at(CHUNK - 7, 1, 0);
	CHECK_EQUAL(mprotect(place + CHUNK, CHUNK, PROT_READ), 0);
	memcpy(place + CHUNK - 24, patterns[0].at, 24);
	CHECK_EQUAL(scan(1).hits, 1);
	CHECK_EQUAL(mprotect(place + CHUNK, CHUNK, PROT_NONE), 0);
	CHECK_EQUAL(scan(1).hits, 1);
	CHECK_EQUAL(mprotect(place + CHUNK, CHUNK, PROT_READ | PROT_WRITE), 0);
	CHECK_EQUAL(madvise(place + CHUNK - PAGE, PAGE, MADV_DONTNEED), 0);
	CHECK_EQUAL(scan(1).hits, 0);
	CHECK_EQUAL(madvise(place + CHUNK, CHUNK, MADV_DODUMP), 0);
	memset(place, 0x11, REGION);
}

static _Atomic bool done;

/* Makes memory unreadable and readable, and unmaps and maps it, while it is searched. */
static void *change_memory(void *with)
{
	while (!done) {
		CHECK_EQUAL(mprotect(place + CHUNK, CHUNK, PROT_NONE), 0);
		CHECK_EQUAL(mprotect(place + CHUNK, CHUNK, PROT_READ | PROT_WRITE), 0);
		CHECK(mmap(place + 2 * CHUNK, CHUNK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0) != MAP_FAILED);
	}
	return with;
}

static void test_memory_that_disappears(void)
{
	pthread_t thread;

	make_patterns(1, 24);
	memcpy(place + CHUNK - 30, patterns[0].at, 24);
	CHECK_EQUAL(pthread_create(&thread, NULL, change_memory, NULL), 0);
	for (int i = 0; i < 150; i++) {
		struct ct_scan found = scan(1);

		CHECK_EQUAL(found.hits, 1);
		CHECK(found.bytes >= CHUNK);
	}
	done = true;
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
	memset(place, 0x11, REGION);
}

static _Atomic pid_t searcher; /* a thread */

/* Searches until a search fails, and returns its error. */
static void *search_again(void *with)
{
	struct ct_scan found;
	int32_t result;

	searcher = gettid();
	while ((result = ct_scan(patterns, 1, &found)) == 0)
		continue;
	return (char *)with - result;
}

/* Reads the beginning of a file. Its length. */
static size_t read_start(const char *path, char *ret_text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length = file == NULL ? 0 : fread(ret_text, 1, size - 1, file);

	if (file != NULL)
		(void)fclose(file);
	ret_text[length] = '\0';
	return length;
}

/* Stops the process of a search, unless it has just ended. */
static bool stop_a_search(void)
{
	char path[64], text[256];
	const char *after;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", searcher);
	if (read_start(path, text, sizeof(text)) == 0)
		return false;
	pid = (pid_t)strtol(text, NULL, 10);
	if (kill(pid, SIGSTOP) < 0)
		return false;
	(void)usleep(1000);
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	(void)read_start(path, text, sizeof(text));
	after = strrchr(text, ')');
	return after != NULL && after[2] == 'T';
}

static void test_a_search_that_was_stopped(void)
{
	struct ct_arena *other;
	struct ct_scan found;
	pthread_t thread;
	void *error = NULL;

	make_patterns(1, 24);
	CHECK_EQUAL(pthread_create(&thread, NULL, search_again, NULL), 0);
	while (searcher == 0)
		continue;
	while (!stop_a_search())
		continue;
	/* Nothing else waits for it: arenas come and go. */
	CHECK_EQUAL(ct_arena_map(-1, PAGE, CT_LOCK_WANTED, &other), 0);
	CHECK_EQUAL(ct_arena_close(other), 0);
	CHECK_EQUAL(ct_scan(patterns, 0, &found), -ETIMEDOUT);
	CHECK_EQUAL(pthread_join(thread, &error), 0);
	CHECK_EQUAL((intptr_t)error, EFAULT);
	CHECK_EQUAL(scan(0).hits, 0);
}

/* In the searching process only: a fault elsewhere still ends this one. */
static void fault(void *with)
{
	(void)scan(0);
	*(volatile char *)with = 1;
}

static void test_faults_still_kill(void)
{
	CHECK_EQUAL(in_child(fault, place - PAGE), 128 + SIGSEGV);
}

static void test_repeated_bytes(void)
{
	make_patterns(2, 32);
	memset((void *)(uintptr_t)patterns[0].at, 0x42, 32);
	memset((void *)(uintptr_t)patterns[1].at, 0, 20); /* memory is full of zeros; its end is not */
	CHECK_EQUAL(scan(2).hits, 0);
	memset(place + 100, 0x42, 33);
	CHECK_EQUAL(scan(2).hits, 2); /* overlapping copies count each */
	memset(place + 100, 0x11, 33);
	expect_at(5000, 2, 1);
}

static void test_short_pattern(void)
{
	struct ct_scan found = { .hits = 77 };
	struct ct_pattern tiny = { "1234567", 7 };

	CHECK_EQUAL(ct_scan(&tiny, 1, &found), -EINVAL);
	CHECK_EQUAL(found.hits, 77);
}

int main(void)
{
	static const struct test tests[] = {
		{ "no hit if it is only in the arena", test_only_in_the_arena },
		{ "a copy is found across every border", test_borders },
		{ "a copy is found at every alignment", test_every_alignment },
		{ "a copy is found at both ends of a mapping", test_ends_of_the_mapping },
		{ "2,000 patterns", test_many_patterns },
		{ "across mappings, next to holes", test_across_mappings_and_holes },
		{ "memory that disappears during the search", test_memory_that_disappears },
		{ "a search that was stopped is ended by the next one", test_a_search_that_was_stopped },
		{ "a fault outside of the search is fatal", test_faults_still_kill },
		{ "repeated bytes", test_repeated_bytes },
		{ "a short pattern is rejected", test_short_pattern },
	};

	place = mmap(NULL, REGION + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	place += PAGE;
	if (mprotect(place, REGION, PROT_READ | PROT_WRITE) < 0)
		return 2;
	memset(place, 0x11, REGION);
	return RUN(tests);
}
