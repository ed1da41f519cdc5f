/*
 * cpuclock.c - prints the processor time in nanoseconds of the process whose PID
 * is its argument: of all threads, also ended ones, without child processes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	clockid_t clock;
	struct timespec time;
	if (argc != 2 || clock_getcpuclockid(atoi(argv[1]), &clock) != 0 ||
	    clock_gettime(clock, &time) < 0)
		return 1;
	(void)printf("%lu\n", (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec);
	return 0;
}
