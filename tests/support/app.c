/*
 * app.c - the application of the system and container tests: one static program that does what its
 * first argument says, and prints what it sees and what happens to it, line by line.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, int number)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "%s %d\n", what, number);

	if (write(1, line, (size_t)length) != length)
		_exit(99);
}

/* Ends as a signal's default action does. */
static int die(int signo)
{
	struct rlimit none = { 0, 0 };
	sigset_t blocked;

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)sigemptyset(&blocked);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
	(void)kill(getpid(), signo);
	return 98;
}

/* Takes signals one by one and prints them, until `last` came: exit status 40. */
static int take_signals(int last)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	say("ready", getpid());
	for (;;) {
		siginfo_t info;
		int signo = sigwaitinfo(&all, &info);

		if (signo < 0)
			continue;
		say("signal", signo);
		if (signo == last)
			return 40;
	}
}

/* Processes whose parent ends at once; `ends`: whether they end too, or live until KILL. */
static void leave_orphans(int count, int ends, int session)
{
	int gate[2];
	int all_ended[2];
	char byte;

	if (pipe(gate) < 0 || pipe(all_ended) < 0)
		_exit(97);
	if (fork() == 0) {
		for (int i = 0; i < count; i++)
			if (fork() == 0) {
				(void)close(gate[1]);
				if (session)
					(void)setsid();
				while (read(gate[0], &byte, 1) > 0)
					;
				if (!ends) {
					(void)close(all_ended[1]);
					for (;;)
						(void)pause();
				}
				_exit(i % 256);
			}
		_exit(0);
	}
	(void)wait(NULL);
	(void)close(gate[0]);
	(void)close(gate[1]);
	(void)close(all_ended[1]);
	while (read(all_ended[0], &byte, 1) > 0)
		;
}

static void show_files(void)
{
	DIR *folder = opendir("/proc/self/fd");

	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		char path[300], link[300] = "";
		struct stat file;
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(folder))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, link, sizeof(link) - 1) < 0 || fstat(fd, &file) < 0)
			continue;
		printf("fd %d %s inode %lu flags %o\n", fd, link, (unsigned long)file.st_ino,
		       (unsigned)fcntl(fd, F_GETFL));
	}
	(void)closedir(folder);
}

/* What a process inherits, besides its environment. */
static int show(void)
{
	struct rlimit files;
	char line[256];
	FILE *status = fopen("/proc/self/status", "r");

	while (status != NULL && fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, "Sig", 3) == 0 || strncmp(line, "Shd", 3) == 0)
			printf("%s", line);
	if (status != NULL)
		(void)fclose(status);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	printf("nofile %lu %lu\n", (unsigned long)files.rlim_cur, (unsigned long)files.rlim_max);
	printf("leads %d\n", getpgrp() == getpid());
	printf("foreground %d\n", tcgetpgrp(0) == getpgrp());
	show_files();
	return fflush(stdout) == 0 ? 0 : 96;
}

static long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Forks until no more processes can be made, and keeps it so for a time. */
static int bomb(long milliseconds)
{
	const long end = now_ms() + milliseconds;

	while (now_ms() < end) {
		pid_t pid = fork();

		if (pid == 0) {
			while (now_ms() < end)
				(void)usleep(10000);
			_exit(0);
		}
		if (pid < 0)
			(void)usleep(1000);
	}
	while (wait(NULL) > 0)
		;
	return 9;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0;

	if (strcmp(what, "exit") == 0)
		return number;
	if (strcmp(what, "die") == 0)
		return die(number);
	if (strcmp(what, "signals") == 0)
		return take_signals(number);
	if (strcmp(what, "signals-then-die") == 0)
		return take_signals(number) == 40 ? die(SIGTERM) : 97;
	if (strcmp(what, "bomb") == 0)
		return bomb(number);
	if (strcmp(what, "show") == 0)
		return show();
	if (strcmp(what, "orphans") == 0 || strcmp(what, "daemons") == 0) {
		int ends = what[0] == 'o';

		leave_orphans(number, ends, !ends);
		return take_signals(SIGTERM);
	}
	if (strcmp(what, "env") == 0) {
		for (char **entry = environ; *entry != NULL; entry++)
			printf("%s\n", *entry);
		return fflush(stdout) == 0 ? 0 : 96;
	}
	return 93;
}
