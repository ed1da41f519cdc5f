/*
 * grab.c - executes a program as its child and, from its start to its end, copies every descriptor of secret memory
 * that the program and its children have. Prints how many different ones it got.
 *
 *     grab PROGRAM [ARGUMENT...]
 *     grab --hold      a victim that has one for a while
 */
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "../lib/proc.h"

#define SECRETMEM_MAGIC 0x5345434d

enum { MOST = 64, HIGHEST_FD = 24, HELD_MS = 200 };

static ino_t copied[MOST];
static int count;

static void keep(int fd)
{
	struct statfs system;
	struct stat file;

	if (fstatfs(fd, &system) < 0 || system.f_type != SECRETMEM_MAGIC || fstat(fd, &file) < 0)
		return;
	for (int i = 0; i < count; i++)
		if (copied[i] == file.st_ino)
			return;
	if (count < MOST)
		copied[count++] = file.st_ino;
}

static void grab(pid_t pid)
{
	int pidfd = open_pidfd(pid, 0), got = 0;

	for (int fd = 0; pidfd >= 0 && fd < HIGHEST_FD && got != -EPERM; fd++) {
		got = get_fd(pidfd, fd);
		if (got >= 0) {
			keep(got);
			(void)close(got);
		}
	}
	if (pidfd >= 0)
		(void)close(pidfd);
}

static void grab_of_children(pid_t pid)
{
	char path[64];
	FILE *list;
	int child;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	list = fopen(path, "re");
	while (list != NULL && fscanf(list, "%d", &child) == 1)
		grab(child);
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
		pause_ms(HELD_MS);
		return 0;
	}
	pid = argc < 2 ? -1 : fork();
	if (pid == 0) {
		(void)execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0)
		return 2;
	for (; waitpid(pid, &status, WNOHANG) == 0; looks++) {
		grab(pid);
		grab_of_children(pid);
	}
	(void)fprintf(stderr, "taken %d looks %lu status %d\n", count, looks, status);
	return 0;
}
