/*
 * texts.h - counts copies of texts in bytes that come in chunks. A copy across the border of two chunks counts.
 */
#pragma once

#include <string.h>

enum { MOST_TEXTS = 16, LONGEST_TEXT = 256, CHUNK = 1 << 20 };

static struct {
	char **all;
	int count;
	unsigned long copies[MOST_TEXTS], bytes;
	size_t kept; /* of the last chunk, before texts_fresh */
	char window[LONGEST_TEXT + CHUNK];
} texts;

/* Where the next chunk goes. */
static char *const texts_fresh = texts.window + LONGEST_TEXT;

/* 0, or -1 when there are too many texts, or one is empty or too long. */
static inline int texts_take(char **all, int count)
{
	texts.all = all;
	texts.count = count;
	for (int i = 0; i < count; i++)
		if (all[i][0] == '\0' || strlen(all[i]) >= LONGEST_TEXT)
			return -1;
	return count > MOST_TEXTS ? -1 : 0;
}

/* The next chunk does not continue the last one. */
static inline void texts_gap(void)
{
	texts.kept = 0;
}

/* Counts in the chunk of `size` bytes at texts_fresh. */
static inline void texts_count(size_t size)
{
	size_t kept = texts.kept;

	texts.bytes += size;
	for (int i = 0; i < texts.count; i++) {
		size_t length = strlen(texts.all[i]);
		const char *at = texts_fresh - (kept < length - 1 ? kept : length - 1), *end = texts_fresh + size;

		while ((at = memmem(at, (size_t)(end - at), texts.all[i], length)) != NULL) {
			texts.copies[i]++;
			at += length;
		}
	}
	texts.kept = kept + size < LONGEST_TEXT ? kept + size : LONGEST_TEXT;
	memmove(texts_fresh - texts.kept, texts_fresh + size - texts.kept, texts.kept);
}
