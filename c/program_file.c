/*
 * program_file.c - an embedded program as an executable file in memory, so that no writable directory is needed.
 */
#include "arena_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

/* Linux before 6.3 does not know the flag: all files are executable. */
static int make_file(void)
{
	int fd = memfd_create("cloudtaser", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	return fd < 0 && errno == EINVAL ? memfd_create("cloudtaser", MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}

static int fill(int fd, const char *bytes, uint64_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			bytes += written;
			length -= (uint64_t)written;
		}
	}
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

int32_t ct_program_file(const void *bytes, uint64_t length)
{
	int fd = ct_verify_new_file(make_file(), false);
	int error;

	if (fd < 0)
		return fd;
	if (fill(fd, bytes, length) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	return -error;
}
