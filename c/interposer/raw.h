/*
 * raw.h - system calls and string functions without libc: the interposer runs in processes of glibc and of musl.
 * Functions return -errno on failure.
 */
#pragma once

#include "arch.h"

#include <asm/unistd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

#define CT_CALL1(number, a) ct_call(number, (long)(a), 0, 0, 0, 0, 0)
#define CT_CALL2(number, a, b) ct_call(number, (long)(a), (long)(b), 0, 0, 0, 0)
#define CT_CALL3(number, a, b, c) ct_call(number, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CT_CALL4(number, a, b, c, d) ct_call(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CT_CALL5(number, a, b, c, d, e) ct_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

#define CT_AT_FDCWD (-100L)
#define CT_SEEK_END 2L
#define CT_PROT_READ 1L
#define CT_PROT_WRITE 2L
#define CT_MAP_SHARED 1L
#define CT_MAP_PRIVATE 2L

/* mmap(2): an address, or NULL. */
static inline void *ct_map(long fd, uint64_t bytes, long protection, long how)
{
	long at = ct_call(__NR_mmap, 0, (long)bytes, protection, how, fd, 0);

	return at < 0 && at > -4096 ? NULL : (void *)at;
}

/* pread(2): the number of bytes, or -errno. */
static inline long ct_read_at(long fd, void *into, size_t length, uint64_t at)
{
	return ct_call(__NR_pread64, fd, (long)into, (long)length, (long)at, 0, 0);
}

static inline size_t ct_strlen(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	return length;
}

static inline bool ct_starts_with(const char *text, const char *with)
{
	while (*with != '\0')
		if (*text++ != *with++)
			return false;
	return true;
}

static inline bool ct_equal(const char *one, const char *other)
{
	while (*one == *other && *one != '\0') {
		one++;
		other++;
	}
	return *one == *other;
}

/* Copies a string. The address of the copy's NUL. */
static inline char *ct_append(char *to, const char *text)
{
	while (*text != '\0')
		*to++ = *text++;
	*to = '\0';
	return to;
}

/* Like ct_append, for a decimal number. */
static inline char *ct_append_number(char *to, uint64_t number)
{
	char digits[20];
	int count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (count > 0)
		*to++ = digits[--count];
	*to = '\0';
	return to;
}

/* Parses the decimal number at *at, and moves *at after it and one separator. */
static inline uint64_t ct_parse_number(const char **at)
{
	uint64_t number = 0;

	while (**at >= '0' && **at <= '9')
		number = number * 10 + (uint64_t)(*(*at)++ - '0');
	if (**at != '\0')
		(*at)++;
	return number;
}
