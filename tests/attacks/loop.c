/*
 * loop.c - the simplest attack as often as it can be made, until it is told to stop: whether there was a moment.
 */
#include "attack.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BETWEEN_LOOKS = 64 };

/* Others on this processor must get on with what there may be a moment in. */
static const struct timespec PAUSE = { 0, 200000 };

int loop(const struct target *target, const struct options *options)
{
	struct outcome found = { 0 };
	const struct attack a = { .target = *target, .options = options, .outcome = &found, .fd = -1 };
	unsigned long tries = 0, leaks = 0;

	while (tries % BETWEEN_LOOKS != 0 || access(options->trigger, F_OK) < 0) {
		leaks += try_vm(&a) == LEAKED;
		tries++;
		(void)nanosleep(&PAUSE, NULL);
	}
	printf("%lu tries, %lu leaked\n", tries, leaks);
	return 0;
}
