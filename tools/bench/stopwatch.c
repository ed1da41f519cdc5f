/*
 * stopwatch.c - runs a command and writes one line to the file of its first
 * argument: CLOCK_MONOTONIC before the start and after the end, CLOCK_REALTIME
 * before the start, all in nanoseconds, and the exit status.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static uint64_t now(clockid_t clock)
{
	struct timespec time;
	(void)clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 64;
	uint64_t wall = now(CLOCK_REALTIME);
	uint64_t start = now(CLOCK_MONOTONIC);
	pid_t pid;
	if (posix_spawn(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0)
		return 71;
	int status;
	if (waitpid(pid, &status, 0) != pid)
		return 71;
	uint64_t end = now(CLOCK_MONOTONIC);
	FILE *out = fopen(argv[1], "we");
	if (out == NULL)
		return 71;
	(void)fprintf(out, "%lu %lu %lu %d\n", start, end, wall, status);
	return fclose(out) == 0 ? 0 : 71;
}
