/*
 * fuzz.h - a target of libFuzzer: MUST ends the process, which libFuzzer reports with its input.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(holds)                                                          \
	do {                                                                 \
		if (!(holds)) {                                              \
			(void)fprintf(stderr, "must hold: %s\n", #holds);    \
			abort();                                             \
		}                                                            \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length);
