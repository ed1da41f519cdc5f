/*
 * file_search_test.c - strings are found at every place of a file, and only in the given range.
 */
#include "check.h"

#include "ct.h"

#include <fcntl.h>
#include <sys/mman.h>

#define PIECE (16u * 1024)
#define BYTES (2u * PIECE + 5000)

static char path[64];
static char text[BYTES];
static int fd;

static void make_file(void)
{
	fd = memfd_create("text", MFD_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(text, 'x', BYTES);
	CHECK_EQUAL(pwrite(fd, text, BYTES, 0), BYTES);
}

static void write_at(uint64_t at, const char *what)
{
	CHECK_EQUAL(pwrite(fd, what, strlen(what), (off_t)at), strlen(what));
}

static void erase_at(uint64_t at, const char *what)
{
	CHECK_EQUAL(pwrite(fd, text, strlen(what), (off_t)at), strlen(what));
}

static int64_t search(uint64_t from, uint64_t length, uint64_t ret_places[2])
{
	struct ct_range range = { from, length };
	struct ct_pattern patterns[] = { { "abcdefgh", 8 }, { "a longer string", 15 } };

	ret_places[0] = ret_places[1] = CT_NO_PLACE;
	return ct_file_search(path, &range, patterns, 2, ret_places);
}

static void test_every_place(void)
{
	static const uint64_t places[] = { 0, 1, 4095, PIECE - 15, PIECE - 14, PIECE - 1, PIECE, 2 * PIECE - 7, BYTES - 15 };
	uint64_t found[2];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		write_at(places[i], "a longer string");
		CHECK_EQUAL(search(0, BYTES, found), BYTES);
		CHECK_EQUAL(found[0], CT_NO_PLACE);
		CHECK_EQUAL(found[1], places[i]);
		erase_at(places[i], "a longer string");
	}
}

static void test_first_of_each(void)
{
	uint64_t found[2];

	write_at(PIECE + 700, "abcdefgh");
	write_at(2 * PIECE + 9, "abcdefgh");
	write_at(PIECE + 900, "a longer string");
	CHECK_EQUAL(search(0, BYTES, found), BYTES);
	CHECK_EQUAL(found[0], PIECE + 700);
	CHECK_EQUAL(found[1], PIECE + 900);
	erase_at(PIECE + 700, "abcdefgh");
	erase_at(2 * PIECE + 9, "abcdefgh");
	erase_at(PIECE + 900, "a longer string");
}

static void test_range(void)
{
	uint64_t found[2];

	write_at(1000, "abcdefgh");
	CHECK_EQUAL(search(1000, 8, found), 8);
	CHECK_EQUAL(found[0], 1000);
	CHECK_EQUAL(search(1001, 500, found), 500);
	CHECK_EQUAL(found[0], CT_NO_PLACE);
	CHECK_EQUAL(search(500, 507, found), 507);
	CHECK_EQUAL(found[0], CT_NO_PLACE);
	CHECK_EQUAL(search(500, 1u << 30, found), BYTES - 500);
	CHECK_EQUAL(found[0], 1000);
	CHECK_EQUAL(search(BYTES + 1, 50, found), 0);
	erase_at(1000, "abcdefgh");
}

static void test_refused(void)
{
	struct ct_range all = { 0, BYTES }, large = { 1, UINT64_MAX };
	struct ct_pattern good = { "abcdefgh", 8 }, tiny = { "abcdefg", 7 };
	uint64_t place = 77;

	CHECK_EQUAL(ct_file_search("/no/such/file", &all, &good, 1, &place), -ENOENT);
	CHECK_EQUAL(ct_file_search("/proc", &all, &good, 1, &place), -EISDIR);
	CHECK_EQUAL(ct_file_search(path, &all, &tiny, 1, &place), -EINVAL);
	CHECK_EQUAL(ct_file_search(path, &large, &good, 1, &place), -EINVAL);
	CHECK_EQUAL(place, 77);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a string is found at every place, across pieces too", test_every_place },
		{ "the first copy of each string", test_first_of_each },
		{ "only in the range, which may be longer than the file", test_range },
		{ "what cannot be searched", test_refused },
	};

	make_file();
	return RUN(tests);
}
