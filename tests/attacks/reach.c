/*
 * reach.c - what the rows share: opening, reading, and judging whether the secret was there.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"

enum { CHUNK = 1 << 16, OVERLAP = DIGEST_MOST };

int not_here(struct attack *a, const char *why)
{
	(void)snprintf(a->outcome->why, sizeof(a->outcome->why), "%s", why);
	return NOT_HERE;
}

int saw(const struct attack *a, const void *bytes, size_t size)
{
	if (!digest_found(bytes, size, a->target.digest, a->target.length))
		return ALLOWED;
	a->outcome->leaked = 1;
	return LEAKED;
}

int saw_file(const struct attack *a, int fd)
{
	static unsigned char buffer[CHUNK + OVERLAP];
	size_t kept = 0, all = 0;

	for (;;) {
		ssize_t got = read(fd, buffer + kept, CHUNK);

		if (got < 0)
			return -errno;
		if (got == 0)
			return all > 0 ? ALLOWED : -ENODATA;
		all += (size_t)got;
		if (saw(a, buffer, kept + (size_t)got) == LEAKED)
			return LEAKED;
		got += (ssize_t)kept;
		kept = got < OVERLAP ? (size_t)got : OVERLAP;
		memmove(buffer, buffer + got - kept, kept);
	}
}

int saw_at(const struct attack *a, int fd, unsigned long long offset)
{
	unsigned char taken[DIGEST_MOST];
	ssize_t got = pread(fd, taken, a->target.length, (off_t)offset);

	if (got < 0)
		return -errno;
	return got == 0 ? -ENODATA : saw(a, taken, (size_t)got);
}

int open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int open_of(pid_t pid, const char *name, int flags)
{
	char path[320];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open_path(path, flags);
}

int put_text(const char *path, const char *text)
{
	int fd = open_path(path, O_WRONLY);
	int failed = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		failed = -errno;
	(void)close(fd);
	return failed;
}

int get_text(const char *path, char *into, size_t size)
{
	int fd = open_path(path, O_RDONLY);
	ssize_t got;

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

int mount_own(const char *type)
{
	if (mkdir(OWN_MOUNT, 0700) < 0 && errno != EEXIST)
		return -errno;
	return mount(type, OWN_MOUNT, type, 0, NULL) < 0 ? -errno : 0;
}

int try_vm(const struct attack *a)
{
	unsigned char taken[DIGEST_MOST];
	struct iovec here = { taken, a->target.length }, there = { (void *)(uintptr_t)a->target.heap, a->target.length };
	ssize_t got = process_vm_readv(a->target.pid, &here, 1, &there, 1, 0);

	return got < 0 ? -errno : saw(a, taken, (size_t)got);
}

pid_t who(const struct attack *a, char kind)
{
	switch (kind) {
	case 't':
		return a->target.tid;
	case 'c':
		return a->target.child;
	case 'l':
		return a->target.late;
	default:
		return a->target.pid;
	}
}

char state_of(pid_t pid)
{
	char path[40], text[512];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (get_text(path, text, sizeof(text)) < 0 || strrchr(text, ')') == NULL)
		return 'X';
	return strrchr(text, ')')[2];
}

void moment(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	(void)nanosleep(&time, NULL);
}
