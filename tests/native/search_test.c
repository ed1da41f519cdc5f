/*
 * search_test.c - the search in bytes, without memory maps, compared with a search at every position. It also runs
 * under AddressSanitizer, where ct_scan would scan terabytes of shadow memory.
 */
#include "check.h"

#include "ct.h"

#include "search.h"

#define TEXT 6000u
#define MOST 40u

static uint32_t seed = 7;

static uint32_t any(uint32_t below)
{
	seed = seed * 1103515245u + 12345u;
	return seed / 65536 % below;
}

/* Few different bytes, so that partial matches and repetitions are common. */
static void fill(char *at, size_t length, uint32_t alphabet)
{
	for (size_t i = 0; i < length; i++)
		at[i] = (char)('a' + any(alphabet));
}

static uint64_t count_slowly(const char *text, const struct ct_pattern *patterns, size_t count, uint64_t *ret_first)
{
	uint64_t hits = 0;

	for (size_t at = 0; at < TEXT; at++)
		for (size_t i = 0; i < count; i++) {
			uint64_t length = patterns[i].length < CT_LONGEST ? patterns[i].length : CT_LONGEST;

			if (TEXT - at < length || memcmp(text + at, patterns[i].at, length) != 0)
				continue;
			if (hits++ == 0)
				*ret_first = at;
		}
	return hits;
}

/* In pieces of `piece` bytes, each after the overlap, like scan.c. */
static struct ct_scan search_pieces(const struct ct_search *search, const char *text, size_t piece)
{
	struct ct_scan found = { 0 };
	size_t carried = 0;

	for (size_t at = 0; at < TEXT; at += piece) {
		size_t length = TEXT - at < piece ? TEXT - at : piece;
		/* A copy of exactly this size, so that reading past it is detected. */
		char *exact = malloc(carried + length);
		struct ct_text part = { exact, carried + length, carried, at - carried };

		memcpy(exact, text + at - carried, carried + length);
		ct_search(search, &part, &found);
		free(exact);
		carried = at + length < CT_LONGEST ? at + length : CT_LONGEST;
	}
	return found;
}

static void compare_both(const char *text, const struct ct_pattern *patterns, size_t count)
{
	static const size_t pieces[] = { TEXT, 4096, 1000, 199 };
	struct ct_search search;
	uint64_t first = 0;
	uint64_t wanted = count_slowly(text, patterns, count, &first);
	void *memory = calloc(1, ct_search_need(patterns, count));

	ct_search_prepare(&search, patterns, count, memory);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		CHECK_EQUAL(search_pieces(&search, text, pieces[i]).hits, wanted);
	if (wanted == 1)
		CHECK_EQUAL(search_pieces(&search, text, TEXT).first_hit, first);
	free(memory);
}

static void test_against_the_slow_way(void)
{
	static char text[TEXT], bytes[MOST][2048];
	struct ct_pattern patterns[MOST];

	for (int round = 0; round < 90; round++) {
		size_t count = 1 + any(MOST - 1);
		uint32_t alphabet = 1 + any(5);

		fill(text, TEXT, alphabet);
		for (size_t i = 0; i < count; i++) {
			/* Every third round has long patterns only, which are searched with longer strides. */
			uint64_t length = CT_SHORTEST + (round % 3 == 0 ? 8 + any(8) : any(4) ? any(12) : any(2000));

			patterns[i] = (struct ct_pattern){ bytes[i], length };
			if (any(3) && length < TEXT) /* most are planted */
				memcpy(bytes[i], text + any(TEXT - (uint32_t)length), length);
			else
				fill(bytes[i], length, alphabet);
		}
		compare_both(text, patterns, count);
	}
}

static void test_limits(void)
{
	struct ct_pattern tiny = { "1234567", 7 };

	CHECK_EQUAL(ct_search_need(&tiny, 1), 0);
	CHECK_EQUAL(ct_search_need(&tiny, 1ull << 40), 0);
	CHECK(ct_search_need(&tiny, 0) > 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "finds what the slow search finds, in pieces of any size", test_against_the_slow_way },
		{ "too short and too many are rejected", test_limits },
	};

	return RUN(tests);
}
