/*
 * start_thief.c - executes a program as its child and, from the first moment to its end, takes every descriptor of
 * secret memory that it and its children have. Says how many different ones it got, and how often it tried.
 * `start_thief --hold` is a victim that has one for a while.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRETMEM_MAGIC 0x5345434d
#define MOST 64
#define HIGHEST_FD 24
#define HELD_US 200000

static ino_t taken[MOST];
static int count;

static void keep(int fd)
{
	struct statfs system;
	struct stat file;

	if (fstatfs(fd, &system) < 0 || system.f_type != SECRETMEM_MAGIC || fstat(fd, &file) < 0)
		return;
	for (int i = 0; i < count; i++)
		if (taken[i] == file.st_ino)
			return;
	if (count < MOST)
		taken[count++] = file.st_ino;
}

static void rob(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (int fd = 0; pidfd >= 0 && fd < HIGHEST_FD; fd++) {
		int got = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

		if (got < 0 && errno == EPERM)
			break;
		if (got >= 0) {
			keep(got);
			(void)close(got);
		}
	}
	if (pidfd >= 0)
		(void)close(pidfd);
}

static void rob_children(pid_t pid)
{
	char path[64];
	FILE *list;
	int child;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	list = fopen(path, "re");
	while (list != NULL && fscanf(list, "%d", &child) == 1)
		rob(child);
	if (list != NULL)
		(void)fclose(list);
}

int main(int argc, char **argv)
{
	unsigned long looks = 0;
	int status;
	pid_t pid;

	if (argc == 2 && strcmp(argv[1], "--hold") == 0) {
		if (syscall(SYS_memfd_secret, 0) < 0)
			return 2;
		(void)usleep(HELD_US);
		return 0;
	}
	pid = argc < 2 ? -1 : fork();
	if (pid == 0) {
		(void)execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0)
		return 2;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		rob(pid);
		rob_children(pid);
		looks++;
	}
	(void)fprintf(stderr, "taken %d looks %lu status %d\n", count, looks, status);
	return 0;
}
