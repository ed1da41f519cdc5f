/*
 * search.c - searches memory for many patterns. It reads only every n-th position of the text (n = stride, up to 16).
 * The table contains n four-byte words of each pattern, one byte apart, so that one of them must be at a position
 * that is read. A bitmap rejects most words; the rest is compared with the pattern in place.
 *
 * The table contains hashes and offsets, no bytes of a pattern.
 */
#include "search.h"

#include <string.h>

#define WORD 4u
#define MAX_PATTERNS (1u << 20)
#define MOST_STRIDE 16u
#define FEWEST_BITS 12u
#define MOST_BITS 22u

struct ct_entry {
	uint32_t pattern;
	uint32_t offset; /* of the word in the pattern */
	uint32_t next;   /* 1 + index, 0: last */
};

static uint32_t word_at(const char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static uint32_t hash(uint32_t word, uint32_t shift)
{
	return (word * 2654435761u) >> shift; /* Knuth's multiplicative hash */
}

/* Number of bytes of a pattern that are compared. */
static uint32_t compared_length(const struct ct_pattern *pattern)
{
	return pattern->length < CT_LONGEST ? (uint32_t)pattern->length : CT_LONGEST;
}

static uint32_t stride_of(const struct ct_pattern *patterns, uint64_t count)
{
	uint32_t stride = MOST_STRIDE;

	for (uint64_t i = 0; i < count; i++)
		if (compared_length(&patterns[i]) - WORD + 1 < stride)
			stride = compared_length(&patterns[i]) - WORD + 1;
	return stride;
}

/* Bits of the hash: enough that few other words pass the bitmap. */
static uint32_t bits_of(uint64_t entries)
{
	uint32_t bits = FEWEST_BITS;

	while (bits < MOST_BITS && (1ull << bits) < entries * 32)
		bits++;
	return bits;
}

uint64_t ct_search_need(const struct ct_pattern *patterns, uint64_t count)
{
	uint64_t entries, slots;

	if (count > MAX_PATTERNS)
		return 0;
	for (uint64_t i = 0; i < count; i++)
		if (patterns[i].length < CT_SHORTEST)
			return 0;
	entries = count * stride_of(patterns, count);
	slots = 1ull << bits_of(entries);
	return (slots / 8 + slots * sizeof(uint32_t) + entries * sizeof(struct ct_entry) + 15) / 16 * 16;
}

/*
 * Offset of the first of a pattern's words in the table. Skips a run of one repeated byte, because memory is full of
 * such runs, and each would have to be compared.
 */
static uint32_t anchor(const struct ct_pattern *pattern, uint32_t stride)
{
	const char *bytes = pattern->at;
	uint32_t last = compared_length(pattern) - WORD + 1 - stride;
	uint32_t at = 0;

	while (at < last && word_at(bytes + at) == (uint32_t)(unsigned char)bytes[at] * 0x01010101u)
		at++;
	return at;
}

void ct_search_prepare(struct ct_search *search, const struct ct_pattern *patterns, uint64_t count, void *memory)
{
	uint32_t stride = stride_of(patterns, count);
	uint32_t bits = bits_of(count * stride);
	uint32_t used = 0;

	*search = (struct ct_search){ .patterns = patterns, .hash_shift = 32 - bits, .stride = stride };
	search->filter = memory;
	search->buckets = (uint32_t *)(search->filter + ((1ull << bits) / 64));
	search->entries = (struct ct_entry *)(search->buckets + (1ull << bits));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t from = anchor(&patterns[i], stride);

		for (uint32_t offset = from; offset < from + stride; offset++) {
			uint32_t h = hash(word_at((const char *)patterns[i].at + offset), search->hash_shift);

			search->filter[h / 64] |= 1ull << h % 64;
			search->entries[used] = (struct ct_entry){ i, offset, search->buckets[h] };
			search->buckets[h] = ++used;
		}
	}
}

static bool is_here(const struct ct_search *search, const struct ct_entry *entry, const struct ct_text *text, size_t at)
{
	const struct ct_pattern *pattern = &search->patterns[entry->pattern];
	uint32_t length = compared_length(pattern);

	if (at < entry->offset || text->length - (at - entry->offset) < length)
		return false;
	if (at - entry->offset + length <= text->seen)
		return false;
	return memcmp(text->bytes + at - entry->offset, pattern->at, length) == 0;
}

static void compare(const struct ct_search *search, uint32_t h, const struct ct_text *text, size_t at,
		    struct ct_scan *found)
{
	for (uint32_t i = search->buckets[h]; i != 0; i = search->entries[i - 1].next) {
		const struct ct_entry *entry = &search->entries[i - 1];

		uint64_t place = text->address + at - entry->offset;

		if (!is_here(search, entry, text, at))
			continue;
		if (search->places != NULL && search->places[entry->pattern] == CT_NO_PLACE)
			search->places[entry->pattern] = place;
		if (found->hits++ == 0) {
			found->first_hit = place;
			found->first_pattern = entry->pattern;
		}
	}
}

void ct_search(const struct ct_search *search, const struct ct_text *text, struct ct_scan *found)
{
	const uint64_t *filter = search->filter;
	uint32_t shift = search->hash_shift;

	for (size_t at = 0; at + WORD <= text->length; at += search->stride) {
		uint32_t h = hash(word_at(text->bytes + at), shift);

		if (filter[h / 64] >> h % 64 & 1)
			compare(search, h, text, at, found);
	}
}
