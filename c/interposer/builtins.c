/*
 * builtins.c - functions that compilers call implicitly.
 */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *at, int value, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}

void *memset(void *at, int value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((char *)at)[i] = (char)value;
	return at;
}
