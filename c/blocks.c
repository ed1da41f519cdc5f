/*
 * blocks.c - the content of an arena: a header, then blocks, each [length, checksum, bytes, canary]. The canary
 * directly follows the last byte, so that an overrun of one byte is detected.
 *
 * The other process may have written all of it: every number is read once and checked before use. This detects
 * accidents and overruns, not deliberate changes by a process that can write to the arena.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define MAGIC 0x31616e6572615443u /* "CTarena1" */
#define ALIGNMENT 8u

struct header {
	uint64_t magic;
	uint64_t canary;
	uint64_t used; /* bytes from the start of the arena, header included */
	uint64_t count;
	uint64_t seal; /* checksum of the four above */
};

struct frame { /* in front of a block */
	uint64_t length;
	uint64_t seal;
};

#define OVERHEAD (sizeof(struct frame) + sizeof(uint64_t) + ALIGNMENT - 1)

struct view {
	char *memory;
	uint64_t bytes;
	struct header header; /* a copy, verified */
};

static uint64_t seal_of(const struct header *header)
{
	return header->magic ^ (header->canary << 1 | header->canary >> 63) ^ header->used * 3 ^ header->count * 5;
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Size of a block with its overhead. */
static uint64_t span_of(uint64_t length)
{
	return round_up(sizeof(struct frame) + length + sizeof(uint64_t));
}

static int32_t look(const struct ct_arena *arena, struct view *ret_view)
{
	uint64_t start, bytes;
	struct header *header = &ret_view->header;

	(void)ct_arena_bounds(arena, &start, &bytes);
	ret_view->memory = ct_arena_memory(arena);
	ret_view->bytes = bytes;
	memcpy(header, ret_view->memory, sizeof(*header));
	if (header->magic != MAGIC || header->seal != seal_of(header))
		return -EBADMSG;
	if (header->used < sizeof(*header) || header->used > bytes)
		return -EBADMSG;
	return 0;
}

static void store_header(struct view *view)
{
	view->header.seal = seal_of(&view->header);
	memcpy(view->memory, &view->header, sizeof(view->header));
}

int32_t ct_arena_format(struct ct_arena *arena)
{
	struct view view = { .memory = ct_arena_memory(arena) };

	if (getrandom(&view.header.canary, sizeof(uint64_t), 0) != (ssize_t)sizeof(uint64_t))
		return -EIO;
	view.header.magic = MAGIC;
	view.header.used = sizeof(struct header);
	store_header(&view);
	return 0;
}

uint64_t ct_arena_need(uint64_t blocks, uint64_t bytes)
{
	uint64_t frames, all;

	if (__builtin_mul_overflow(blocks, (uint64_t)OVERHEAD, &frames) ||
	    __builtin_add_overflow(frames, bytes, &all) ||
	    __builtin_add_overflow(all, sizeof(struct header) + ALIGNMENT, &all))
		return UINT64_MAX;
	return round_up(all - ALIGNMENT);
}

int32_t ct_arena_add(struct ct_arena *arena, uint64_t length)
{
	struct view view;
	struct frame frame;
	char *at;
	int32_t result = look(arena, &view);

	if (result < 0)
		return result;
	if (length > view.bytes || span_of(length) > view.bytes - view.header.used || view.header.count >= INT32_MAX)
		return -ENOSPC;
	at = view.memory + view.header.used;
	frame = (struct frame){ length, length ^ view.header.canary };
	memcpy(at, &frame, sizeof(frame));
	memset(at + sizeof(frame), 0, length);
	memcpy(at + sizeof(frame) + length, &view.header.canary, sizeof(uint64_t));
	view.header.used += span_of(length);
	view.header.count++;
	store_header(&view);
	return (int32_t)(view.header.count - 1);
}

/* Verifies the block at `offset` and returns its length. -EBADMSG: damaged. */
static int32_t verify(const struct view *view, uint64_t offset, uint64_t *ret_length)
{
	struct frame frame;
	uint64_t rest = view->header.used - offset;
	uint64_t canary;

	if (rest < sizeof(frame) + sizeof(canary))
		return -EBADMSG;
	memcpy(&frame, view->memory + offset, sizeof(frame));
	if (frame.seal != (frame.length ^ view->header.canary) || frame.length > rest || span_of(frame.length) > rest)
		return -EBADMSG;
	memcpy(&canary, view->memory + offset + sizeof(frame) + frame.length, sizeof(canary));
	if (canary != view->header.canary)
		return -EBADMSG;
	*ret_length = frame.length;
	return 0;
}

int32_t ct_arena_block(const struct ct_arena *arena, uint32_t index, void **ret_at, uint64_t *ret_length)
{
	struct view view;
	uint64_t offset = sizeof(struct header);
	uint64_t length;
	int32_t result = look(arena, &view);

	if (result < 0)
		return result;
	if (index >= view.header.count)
		return -ENOENT;
	for (uint32_t i = 0;; i++) {
		result = verify(&view, offset, &length);
		if (result < 0)
			return result;
		if (i == index)
			break;
		offset += span_of(length);
	}
	*ret_at = view.memory + offset + sizeof(struct frame);
	*ret_length = length;
	return 0;
}

int32_t ct_arena_check(const struct ct_arena *arena)
{
	struct view view;
	uint64_t offset = sizeof(struct header);
	uint64_t length;
	int32_t result = look(arena, &view);

	for (uint64_t i = 0; result == 0 && i < view.header.count; i++) {
		result = verify(&view, offset, &length);
		if (result == 0)
			offset += span_of(length);
	}
	if (result < 0)
		return result;
	return offset == view.header.used ? (int32_t)view.header.count : -EBADMSG;
}
