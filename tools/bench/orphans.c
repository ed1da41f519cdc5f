/*
 * orphans.c - makes the number of orphans in its argument, lets all of them end
 * at once, and prints the nanoseconds until the last was reaped by the process that
 * inherited them. It must run under an init or a subreaper.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 4096
#define POLL_NS 200000
#define LIMIT_NS 20000000000u

static uint64_t now(void)
{
	struct timespec time;
	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
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

int main(int argc, char **argv)
{
	static pid_t pids[MOST];
	int count = argc > 1 ? atoi(argv[1]) : 0;
	int barrier[2];
	if (count < 1 || count > MOST || pipe(barrier) < 0)
		return 64;
	for (int i = 0; i < count; i++)
		if ((pids[i] = make_orphan(barrier)) <= 0)
			return 71;
	uint64_t start = now();
	(void)close(barrier[1]);
	int left = count;
	while (left > 0 && now() - start < LIMIT_NS) {
		while (left > 0 && kill(pids[left - 1], 0) < 0 && errno == ESRCH)
			left--;
		(void)nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
	}
	(void)printf("reaped %lu\n", now() - start);
	return left == 0 ? 0 : 1;
}
