/*
 * timing.c - the programs of the benchmark, by the first argument:
 *
 *   run FILE GROUP COMMAND…
 *                       joins the control group whose cgroup.procs is GROUP (`-`: none), runs the command, and
 *                       writes one line to FILE: CLOCK_MONOTONIC before the start and after the end, processor time
 *                       in user mode and in the kernel, and the exit status. Processor time is that of all its
 *                       processes, as wait4(2) reports it: also of those that it does not wait for. KILL after a minute
 *   main FILE [-]       an application: prints CLOCK_MONOTONIC of the start of main, and requires the variables of
 *                       FILE, a line NAME=VALUE for each, with these values; with `-` it runs until TERM or until
 *                       its parent ends
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
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1024
#define RUN_LIMIT_S 60
#define MOST_ORPHANS 4096
#define POLL_NS 200000
#define LIMIT_NS 20000000000u

extern char **environ;

static uint64_t now(void)
{
	struct timespec time;
	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t nanoseconds(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

static int join_group(const char *path)
{
	FILE *procs = fopen(path, "we");
	if (procs == NULL)
		return -1;
	/* 0 is the process that writes. */
	int written = fputs("0", procs);
	return fclose(procs) == 0 && written >= 0 ? 0 : -1;
}

/* 0 when it has ended. */
static volatile pid_t command;

static void end_all(int signo)
{
	(void)signo;
	if (command == 0)
		_exit(71);
	(void)kill(command, SIGKILL);
}

/* What the command leaves behind when it exits: it may still be ending. */
static void wait_for_orphans(uint64_t *user, uint64_t *system)
{
	struct rusage used;
	while (wait4(-1, NULL, 0, &used) > 0) {
		*user += nanoseconds(used.ru_utime);
		*system += nanoseconds(used.ru_stime);
	}
}

static int run_command(const char *path, const char *group, char **argv)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || (strcmp(group, "-") != 0 && join_group(group) < 0))
		return 71;
	int status;
	struct rusage used;
	pid_t pid;
	uint64_t start = now();
	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		return 71;
	command = pid;
	(void)signal(SIGALRM, end_all);
	(void)alarm(RUN_LIMIT_S);
	if (wait4(pid, &status, 0, &used) != pid)
		return 71;
	uint64_t end = now();
	uint64_t user = nanoseconds(used.ru_utime), system = nanoseconds(used.ru_stime);
	command = 0;
	wait_for_orphans(&user, &system);
	FILE *out = fopen(path, "we");
	if (out == NULL)
		return 71;
	(void)fprintf(out, "%lu %lu %lu %lu %d\n", start, end, user, system, status);
	return fclose(out) == 0 ? 0 : 71;
}

static int require_variables(const char *path)
{
	char line[LINE_BYTES];
	FILE *expected = fopen(path, "re");
	if (expected == NULL)
		return -1;
	while (fgets(line, sizeof line, expected) != NULL) {
		char *value = strchr(line, '=');
		if (value == NULL)
			break;
		*value++ = 0;
		value[strcspn(value, "\n")] = 0;
		const char *actual = getenv(line);
		if (actual == NULL || strcmp(actual, value) != 0) {
			(void)fprintf(stderr, "wrong value in %s\n", line);
			return -1;
		}
	}
	int complete = feof(expected);
	(void)fclose(expected);
	return complete ? 0 : -1;
}

static int run_application(uint64_t start, const char *expected, int stays)
{
	if (require_variables(expected) < 0)
		return 1;
	(void)printf("main %lu\n", start);
	(void)fflush(stdout);
	/* Some programs leave their application behind when they are killed. */
	for (pid_t parent = getppid(); stays && getppid() == parent;)
		(void)sleep(1);
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

int main(int argc, char **argv)
{
	uint64_t start = now();
	if (argc > 4 && strcmp(argv[1], "run") == 0)
		return run_command(argv[2], argv[3], argv + 4);
	if ((argc == 3 || argc == 4) && strcmp(argv[1], "main") == 0)
		return run_application(start, argv[2], argc == 4);
	if (argc == 3 && strcmp(argv[1], "orphans") == 0)
		return time_orphans(atoi(argv[2]));
	return 64;
}
