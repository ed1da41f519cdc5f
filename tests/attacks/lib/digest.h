/*
 * digest.h - a rolling digest of the secret's first bytes. The victim publishes it, so that attackers recognize the
 * secret without knowing it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_LEAST = 16, DIGEST_MOST = 32 };
#define DIGEST_FACTOR 0x9e3779b97f4a7c15ULL

static inline uint64_t digest_of(const unsigned char *bytes, size_t length)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < length; i++)
		digest = digest * DIGEST_FACTOR + bytes[i] + 1u;
	return digest;
}

/* Whether `length` bytes with that digest are anywhere among `size` bytes. */
static inline int digest_found(const unsigned char *in, size_t size, uint64_t digest, size_t length)
{
	uint64_t leaving = 1, now;

	if (size < length || length == 0)
		return 0;
	for (size_t i = 0; i < length; i++)
		leaving *= DIGEST_FACTOR;
	now = digest_of(in, length);
	for (size_t i = length; now != digest && i < size; i++)
		now = now * DIGEST_FACTOR + in[i] + 1u - leaving * (in[i - length] + 1u);
	return now == digest;
}
