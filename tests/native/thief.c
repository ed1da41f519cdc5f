/*
 * thief.c - another process that steals: no test by itself, the tests under tests/ffi run it. Prints
 * what it took as hexadecimal digits, or "errno N" for the step that was refused.
 *
 * thief vm PID ADDRESS LENGTH    process_vm_readv(2)
 * thief mem PID ADDRESS LENGTH   /proc/PID/mem
 * thief ptrace PID ADDRESS LENGTH  PTRACE_PEEKDATA
 * thief fds PID                  pidfd_getfd(2) on all descriptors: "N" of them are secretmem, and the
 *                                first bytes of each
 * thief hold                     no thief: holds secret memory with its descriptor open, says its pid,
 *                                and waits for the end of its stdin
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscalls.h"

#define MOST 4096u
#define SECRETMEM 0x5345434d

static int refused(void)
{
	printf("errno %d\n", errno);
	return 0;
}

static int show(const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	puts("");
	return 0;
}

static int steal_vm(pid_t pid, unsigned long at, size_t length, unsigned char *loot)
{
	struct iovec here = { loot, length };
	struct iovec there = { (void *)at, length };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)length ? show(loot, length) : refused();
}

static int steal_mem(pid_t pid, unsigned long at, size_t length, unsigned char *loot)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refused();
	return pread(fd, loot, length, (off_t)at) == (ssize_t)length ? show(loot, length) : refused();
}

static int steal_ptrace(pid_t pid, unsigned long at, size_t length, unsigned char *loot)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return refused();
	(void)waitpid(pid, NULL, __WALL);
	for (size_t i = 0; i < length; i += sizeof(long)) {
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, (void *)(at + i), NULL);
		if (errno != 0)
			return refused();
		memcpy(loot + i, &word, sizeof(word));
	}
	return show(loot, length);
}

static void look_into(int fd)
{
	struct stat file;
	unsigned char *at;

	if (fstat(fd, &file) < 0 || file.st_size == 0)
		return;
	at = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		(void)refused();
	else
		(void)show(at, 16);
}

static int steal_fds(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0u);
	int found = 0;

	if (pidfd < 0)
		return refused();
	for (int number = 0; number < 1024; number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0u);
		struct statfs fs;

		if (fd < 0 && errno != EBADF)
			return refused();
		if (fd < 0 || fstatfs(fd, &fs) < 0 || (unsigned long)fs.f_type != SECRETMEM)
			continue;
		found++;
		look_into(fd);
	}
	printf("%d\n", found);
	return 0;
}

static int hold(void)
{
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	char *at;
	char byte;

	if (fd < 0 || ftruncate(fd, MOST) < 0)
		return refused();
	at = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return refused();
	memcpy(at, "an open secret!", 16);
	printf("%d\n", getpid());
	(void)fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	static unsigned char loot[MOST + sizeof(long)];
	pid_t pid = argc > 2 ? atoi(argv[2]) : 0;
	unsigned long at = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	size_t length = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;

	if (argc == 2 && strcmp(argv[1], "hold") == 0)
		return hold();
	if (pid <= 0 || length > MOST)
		return 64;
	if (strcmp(argv[1], "vm") == 0)
		return steal_vm(pid, at, length, loot);
	if (strcmp(argv[1], "mem") == 0)
		return steal_mem(pid, at, length, loot);
	if (strcmp(argv[1], "ptrace") == 0)
		return steal_ptrace(pid, at, length, loot);
	if (strcmp(argv[1], "fds") == 0)
		return steal_fds(pid);
	return 64;
}
