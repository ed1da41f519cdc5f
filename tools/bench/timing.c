/*
 * timing.c - the programs of the benchmark, by the first argument:
 *
 *   run FILE COMMAND…   runs the command and writes one line to FILE: CLOCK_MONOTONIC before the start and after
 *                       the end, CLOCK_REALTIME before the start, and the exit status
 *   main [-] NAME…      an application: prints CLOCK_MONOTONIC and CLOCK_REALTIME of the start of main, and
 *                       requires the variables NAME; with `-` it runs until TERM
 *   orphans N           makes N orphans, lets all of them end at once, and prints the time until the last was reaped
 *                       by the process that inherited them: an init or a subreaper
 *
 * All times are nanoseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_ORPHANS 4096
#define POLL_NS 200000
#define LIMIT_NS 20000000000u

extern char **environ;

static uint64_t now(clockid_t clock)
{
	struct timespec time;
	(void)clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int run_command(const char *path, char **argv)
{
	uint64_t wall = now(CLOCK_REALTIME);
	uint64_t start = now(CLOCK_MONOTONIC);
	pid_t pid;
	int status;
	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid)
		return 71;
	uint64_t end = now(CLOCK_MONOTONIC);
	FILE *out = fopen(path, "we");
	if (out == NULL)
		return 71;
	(void)fprintf(out, "%lu %lu %lu %d\n", start, end, wall, status);
	return fclose(out) == 0 ? 0 : 71;
}

static int run_application(uint64_t monotonic, uint64_t wall, char **argv)
{
	int stays = argv[0] != NULL && strcmp(argv[0], "-") == 0;
	for (argv += stays; *argv != NULL; argv++) {
		const char *value = getenv(*argv);
		if (value == NULL || value[0] == 0 || strncmp(value, "vault:", 6) == 0)
			return 1;
	}
	(void)printf("main %lu %lu\n", monotonic, wall);
	(void)fflush(stdout);
	if (stays)
		(void)pause();
	return 0;
}

/* Returns the PID of an orphan that waits for the end of `barrier`. */
static pid_t make_orphan(const int barrier[2])
{
	int report[2];
	if (pipe(report) < 0)
		return -1;
	pid_t parent = fork();
	if (parent == 0) {
		pid_t orphan = fork();
		if (orphan == 0) {
			char byte;
			(void)close(barrier[1]);
			(void)close(report[1]);
			_exit(read(barrier[0], &byte, 1) == 0 ? 0 : 1);
		}
		_exit(write(report[1], &orphan, sizeof orphan) == sizeof orphan ? 0 : 1);
	}
	pid_t orphan = -1;
	(void)close(report[1]);
	if (read(report[0], &orphan, sizeof orphan) != sizeof orphan)
		orphan = -1;
	(void)close(report[0]);
	(void)waitpid(parent, NULL, 0);
	return orphan;
}

static int time_orphans(int count)
{
	static pid_t pids[MOST_ORPHANS];
	int barrier[2];
	if (count < 1 || count > MOST_ORPHANS || pipe(barrier) < 0)
		return 64;
	for (int i = 0; i < count; i++)
		if ((pids[i] = make_orphan(barrier)) <= 0)
			return 71;
	uint64_t start = now(CLOCK_MONOTONIC);
	(void)close(barrier[1]);
	int left = count;
	while (left > 0 && now(CLOCK_MONOTONIC) - start < LIMIT_NS) {
		while (left > 0 && kill(pids[left - 1], 0) < 0 && errno == ESRCH)
			left--;
		(void)nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
	}
	(void)printf("reaped %lu\n", now(CLOCK_MONOTONIC) - start);
	return left == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	uint64_t monotonic = now(CLOCK_MONOTONIC);
	uint64_t wall = now(CLOCK_REALTIME);
	if (argc > 3 && strcmp(argv[1], "run") == 0)
		return run_command(argv[2], argv + 3);
	if (argc > 1 && strcmp(argv[1], "main") == 0)
		return run_application(monotonic, wall, argv + 2);
	if (argc == 3 && strcmp(argv[1], "orphans") == 0)
		return time_orphans(atoi(argv[2]));
	return 64;
}
