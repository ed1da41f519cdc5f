/*
 * blocks_test.c - the content of an arena: sub-allocation, canaries, and every kind of damage.
 */
#include "check.h"

#include "internal.h"


static struct ct_arena *make(uint64_t bytes)
{
	struct ct_arena *arena = NULL;

	CHECK_EQUAL(ct_arena_map(-1, bytes, 0, &arena), 0);
	CHECK_EQUAL(ct_arena_format(arena), 0);
	return arena;
}

static char *block(const struct ct_arena *arena, uint32_t index, uint64_t length)
{
	void *at = NULL;
	uint64_t got = 0;

	CHECK_EQUAL(ct_arena_block(arena, index, &at, &got), 0);
	CHECK_EQUAL(got, length);
	return at;
}

static void test_need_is_enough_for_every_length(void)
{
	for (uint64_t length = 0; length < 600; length++) {
		struct ct_arena *arena = make(ct_arena_need(7, 7 * length));

		for (int32_t i = 0; i < 7; i++) {
			CHECK_EQUAL(ct_arena_add(arena, length), i);
			memset(block(arena, (uint32_t)i, length), 'a' + i, length);
		}
		CHECK_EQUAL(ct_arena_check(arena), 7);
		for (uint32_t i = 0; i < 7; i++)
			for (uint64_t k = 0; k < length; k++)
				CHECK_EQUAL(block(arena, i, length)[k], 'a' + (int)i);
		CHECK_EQUAL(ct_arena_close(arena), 0);
	}
}

static void test_need_does_not_overflow(void)
{
	CHECK(ct_arena_need(UINT64_MAX, 1) == UINT64_MAX);
	CHECK(ct_arena_need(1, UINT64_MAX) == UINT64_MAX);
	CHECK(ct_arena_need(1, UINT64_MAX - 64) == UINT64_MAX);
	CHECK(ct_arena_need(0, 0) > 0);
}

static void test_full(void)
{
	const uint64_t too_much[] = { PAGE, PAGE - 63, UINT64_MAX, UINT64_MAX - 8, UINT64_MAX / 2 };
	struct ct_arena *arena = make(PAGE);
	int32_t count = 0;

	for (size_t i = 0; i < sizeof(too_much) / sizeof(too_much[0]); i++)
		CHECK_EQUAL(ct_arena_add(arena, too_much[i]), -ENOSPC);
	while (ct_arena_add(arena, 100) >= 0)
		count++;
	CHECK(count > 30);
	CHECK_EQUAL(ct_arena_add(arena, 100), -ENOSPC);
	CHECK_EQUAL(ct_arena_check(arena), count);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

static void test_blocks_are_zeroed(void)
{
	struct ct_arena *arena = make(PAGE);
	const char *at;

	memset((char *)ct_arena_memory(arena) + 512, 0x5a, PAGE - 512);
	CHECK_EQUAL(ct_arena_add(arena, 3000), 0);
	at = block(arena, 0, 3000);
	for (int i = 0; i < 3000; i++)
		CHECK_EQUAL(at[i], 0);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

static void test_no_such_block(void)
{
	struct ct_arena *arena = make(PAGE);
	void *at = (void *)1;
	uint64_t length = 5;

	CHECK_EQUAL(ct_arena_block(arena, 0, &at, &length), -ENOENT);
	CHECK_EQUAL(ct_arena_add(arena, 1), 0);
	CHECK_EQUAL(ct_arena_block(arena, 1, &at, &length), -ENOENT);
	CHECK_EQUAL(ct_arena_block(arena, UINT32_MAX, &at, &length), -ENOENT);
	CHECK(at == (void *)1 && length == 5); /* untouched on failure */
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

/* One changed byte anywhere outside the content must be detected. */
static void test_every_damaged_byte_is_found(void)
{
	struct ct_arena *arena = make(PAGE);
	char *memory = ct_arena_memory(arena);
	uint64_t used;

	CHECK_EQUAL(ct_arena_add(arena, 13), 0);
	CHECK_EQUAL(ct_arena_add(arena, 0), 1);
	CHECK_EQUAL(ct_arena_add(arena, 8), 2);
	memcpy(&used, memory + 16, sizeof(used));
	for (uint64_t i = 0; i < used; i++) {
		bool content = false, padding = false;

		for (uint32_t k = 0; k < 3; k++) {
			static const uint64_t lengths[] = { 13, 0, 8 };
			uint64_t from = (uint64_t)(block(arena, k, lengths[k]) - memory);
			/* content, and padding after the canary */
			uint64_t end = from + lengths[k];

			content = content || (i >= from && i < end);
			padding = padding || (i >= end + 8 && i < (end + 8 + 7) / 8 * 8);
		}
		memory[i] = (char)(memory[i] ^ 0x10);
		CHECK_EQUAL(ct_arena_check(arena), content || padding ? 3 : -EBADMSG);
		memory[i] = (char)(memory[i] ^ 0x10);
	}
	CHECK_EQUAL(ct_arena_check(arena), 3);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

static void test_hostile_content_is_no_fault(void)
{
	struct ct_arena *arena = make(PAGE);
	char *memory = ct_arena_memory(arena);
	unsigned seed = 1;

	CHECK_EQUAL(ct_arena_add(arena, 100), 0);
	for (int round = 0; round < 200000; round++) {
		char kept[256];
		void *at;
		uint64_t length;

		memcpy(kept, memory, sizeof(kept));
		for (int i = 0; i < 4; i++) {
			seed = seed * 1103515245u + 12345u;
			memory[seed / 65536 % 240] = (char)(seed >> 8);
		}
		(void)ct_arena_check(arena);
		(void)ct_arena_block(arena, 0, &at, &length);
		memcpy(memory, kept, sizeof(kept));
	}
	CHECK_EQUAL(ct_arena_check(arena), 1);
	memset(memory, 0, PAGE);
	CHECK_EQUAL(ct_arena_check(arena), -EBADMSG); /* not formatted */
	CHECK_EQUAL(ct_arena_add(arena, 1), -EBADMSG);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "ct_arena_need is enough for every length", test_need_is_enough_for_every_length },
		{ "ct_arena_need does not overflow", test_need_does_not_overflow },
		{ "a full arena is an error", test_full },
		{ "blocks are zeroed", test_blocks_are_zeroed },
		{ "a missing block is an error", test_no_such_block },
		{ "every damaged byte is detected", test_every_damaged_byte_is_found },
		{ "hostile content is an error, never a fault", test_hostile_content_is_no_fault },
	};

	return RUN(tests);
}
