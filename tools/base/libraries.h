/*
 * libraries.h - puts the libraries of Deno and the shim into memfds for the loader to open.
 * Every failure is one line with its remedy. Included once, by stub.c, behind
 * text.h.
 */
#pragma once

#define MFD_CLOEXEC 1
#define MFD_ALLOW_SEALING 2
#define MFD_EXEC 0x10 /* Linux 6.3; older kernels answer EINVAL */

#define LIBRARY_PATH "/proc/self/fd/"

#define FD_CLOEXEC 1
#define F_GETFD 1
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define NO_CHANGES 0x17 /* F_SEAL_FUTURE_WRITE (Linux 5.1; unlike F_SEAL_WRITE it never waits), GROW, SHRINK, SEAL */
#define EBADFD 77

/*
 * A seccomp filter may return 0 without making a file; 0 is then standard input, which must not be written or
 * closed. The file made here is close-on-exec, and only memory files have seals.
 */
static long made_memfd(long fd)
{
	if (fd < 0)
		return fd;
	if (call4(__NR_fcntl, fd, F_GETFD, 0, 0) != FD_CLOEXEC || call4(__NR_fcntl, fd, F_GET_SEALS, 0, 0) < 0)
		return -EBADFD;
	return fd;
}

__attribute__((noreturn, cold)) static void fail_memfd(long error)
{
	const char *remedy = ": cannot hold the C library in memory";

	if (error == -EACCES)
		remedy = ": executable memory files are forbidden on this node, set sysctl vm.memfd_noexec to 0 or 1";
	if (error == -EPERM || error == -ENOSYS || error == -EBADFD)
		remedy = ": the seccomp profile must allow memfd_create";
	if (error == -EMFILE)
		remedy = ": too many open files, raise RLIMIT_NOFILE";
	fail(EXIT_KERNEL, "memfd_create(MFD_EXEC)", error, remedy);
}

static long make_memfd(long more)
{
	return call4(__NR_memfd_create, (long)"cloudtaser-library", MFD_CLOEXEC | MFD_ALLOW_SEALING | more, 0, 0);
}

/* Sealed: wrapper and fetcher map the same file, which no process may change (/proc/PID/map_files). */
static int open_library(const char *bytes, uint64_t size)
{
	long fd = make_memfd(MFD_EXEC);

	if (fd == -EINVAL)
		fd = make_memfd(0);
	fd = made_memfd(fd);
	if (fd < 0)
		fail_memfd(fd);
	while (size) {
		long written = call4(__NR_write, fd, (long)bytes, (long)size, 0);

		if (written <= 0)
			fail(EXIT_KERNEL, "write to a memfd", written, ": check the memory limit and RLIMIT_FSIZE");
		bytes += written;
		size -= (uint64_t)written;
	}
	long sealed = call4(__NR_fcntl, fd, F_ADD_SEALS, NO_CHANGES, 0);

	if (sealed < 0)
		fail(EXIT_KERNEL, "fcntl(F_ADD_SEALS)", sealed, ": the seccomp profile must allow it");
	return (int)fd;
}

static void require_proc(int fd)
{
	char path[40], target[8];

	append_number(append(path, LIBRARY_PATH), (uint64_t)fd);
	long answer = call4(__NR_readlinkat, -100, (long)path, (long)target, sizeof target);

	if (answer < 0)
		fail(EXIT_KERNEL, "readlink(/proc/self/fd)", answer, ": mount procfs on /proc");
}
