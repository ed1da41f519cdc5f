/*
 * proc.h - small files, and the state of another process from /proc. Results are 0 or more, or -errno.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline void pause_ms(long milliseconds)
{
	const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	(void)nanosleep(&time, NULL);
}

static inline int open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Opens /proc/PID/NAME. */
static inline int open_of(pid_t pid, const char *name, int flags)
{
	char path[320];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open_path(path, flags);
}

static inline int put_text(const char *path, const char *text)
{
	int fd = open_path(path, O_WRONLY), failed = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		failed = -errno;
	(void)close(fd);
	return failed;
}

/* The first line. */
static inline int get_text(const char *path, char *into, size_t size)
{
	int fd = open_path(path, O_RDONLY);
	ssize_t got;

	into[0] = '\0';
	if (fd < 0)
		return fd;
	got = read(fd, into, size - 1);
	(void)close(fd);
	if (got < 0)
		return -errno;
	into[got] = '\0';
	into[strcspn(into, "\n")] = '\0';
	return 0;
}

/* The fields of /proc/PID/stat after the name, which may contain any character: "S 1 ...". "X" without a process. */
static inline const char *stat_of(pid_t pid, char text[512])
{
	char path[40];
	const char *end;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	end = get_text(path, text, 512) < 0 ? NULL : strrchr(text, ')');
	return end == NULL || strlen(end) < 4 ? "X" : end + 2;
}

static inline char state_of(pid_t pid)
{
	char text[512];

	return stat_of(pid, text)[0];
}

static inline int is_gone(pid_t pid)
{
	return strchr("ZX", state_of(pid)) != NULL;
}

static inline int open_pidfd(pid_t pid, unsigned flags)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, flags);

	return fd < 0 ? -errno : fd;
}

/* A copy of descriptor `fd` of another process. */
static inline int get_fd(int pidfd, int fd)
{
	int got = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return got < 0 ? -errno : got;
}
