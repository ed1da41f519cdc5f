/*
 * attack32.c - attacks by 32-bit system calls on kernels that have them for 32-bit programs only: arm64.
 *
 *     attack32 peek|readv|writev|open PID ADDRESS SIZE [PATH]
 *     attack32 read FD ADDRESS SIZE
 *
 * Writes what it read to standard output; the exit status is 0 or the errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64 };

_Static_assert(sizeof(long) == 4, "a 32-bit program");

static unsigned char bytes[MOST];

static long peek(pid_t pid, unsigned long at, size_t size)
{
	if (ptrace(PTRACE_ATTACH, pid, 0L, 0L) < 0 || waitpid(pid, NULL, __WALL) < 0)
		return -1;
	for (size_t done = 0; done < size; done += sizeof(long))
		if (syscall(SYS_ptrace, PTRACE_PEEKDATA, pid, at + done, bytes + done) < 0)
			return -1;
	return (long)size;
}

static long move(int is_read, pid_t pid, unsigned long at, size_t size)
{
	struct iovec here = { bytes, size }, there = { (void *)at, size };

	return is_read ? process_vm_readv(pid, &here, 1, &there, 1, 0) : process_vm_writev(pid, &here, 1, &there, 1, 0);
}

int main(int argc, char **argv)
{
	const char *what = argc < 5 ? "" : argv[1];
	int target = argc < 5 ? 0 : atoi(argv[2]);
	unsigned long long at = argc < 5 ? 0 : strtoull(argv[3], NULL, 16);
	size_t size = argc < 5 ? MOST + 1 : strtoul(argv[4], NULL, 10);
	long got = -1;

	errno = EINVAL;
	if (size > MOST)
		return EINVAL;
	if (strcmp(what, "peek") == 0)
		got = peek(target, (unsigned long)at, size);
	else if (strcmp(what, "readv") == 0 || strcmp(what, "writev") == 0)
		got = move(what[0] == 'r', target, (unsigned long)at, size);
	else if (strcmp(what, "read") == 0)
		got = pread64(target, bytes, size, (off64_t)at);
	else if (strcmp(what, "open") == 0 && argc == 6 && (target = open(argv[5], O_RDONLY)) >= 0)
		got = pread64(target, bytes, size, (off64_t)at);
	if (got < 0)
		return errno;
	return write(STDOUT_FILENO, bytes, (size_t)got) == got ? 0 : EPIPE;
}
