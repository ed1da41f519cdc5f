/*
 * cpuclock.c - nanoseconds of processor time of the process whose id is its
 * argument: all threads, those that ended too. Its children are not in it.
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
