/*
 * planted.c - a parser with a mistake, which the harness's own test must find: it reads behind an array.
 */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	static const char names[4] = "abc";
	volatile char name;

	if (length >= 3 && memcmp(input, "{\"a", 3) == 0)
		name = names[length];
	(void)name;
	return 0;
}
