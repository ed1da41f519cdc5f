/*
 * moment.c - an application that prints when its main began, in nanoseconds of
 * CLOCK_MONOTONIC and CLOCK_REALTIME. Its arguments are names of variables that
 * must be set; with `-` before them it runs until TERM.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(clockid_t clock)
{
	struct timespec time;
	(void)clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv)
{
	uint64_t monotonic = now(CLOCK_MONOTONIC);
	uint64_t wall = now(CLOCK_REALTIME);
	int stays = argc > 1 && strcmp(argv[1], "-") == 0;
	for (int i = stays ? 2 : 1; i < argc; i++) {
		const char *value = getenv(argv[i]);
		if (value == NULL || value[0] == 0 || strncmp(value, "vault:", 6) == 0)
			return 1;
	}
	(void)printf("main %lu %lu\n", monotonic, wall);
	(void)fflush(stdout);
	if (stays)
		(void)pause();
	return 0;
}
