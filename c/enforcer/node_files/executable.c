/*
 * executable.c - see executable.h.
 */
#include "executable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

/* A regular file with one link that only its owner, root, may write to. */
static bool is_private(int fd, struct stat *ret_status)
{
	if (fstat(fd, ret_status) < 0)
		return false;
	errno = EPERM;
	return S_ISREG(ret_status->st_mode) && ret_status->st_uid == geteuid() && ret_status->st_nlink == 1 &&
	       (ret_status->st_mode & 022) == 0;
}

/*
 * Fails with EAGAIN while the file is open or mapped for writing. Afterwards such an open(2) blocks until the lease
 * ends, which is after execve(2) denies writing itself.
 */
static bool forbid_writing(int fd)
{
	return fcntl(fd, F_SETSIG, SIGURG) == 0 && /* SIGIO, the default, would kill; SIGURG is ignored */
	       fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

static bool has_our_bytes(int fd)
{
	static char ours[65536], theirs[sizeof(ours)];
	int self = open(SELF, O_RDONLY | O_CLOEXEC);
	bool same = self >= 0;
	off_t at = 0;

	while (same) {
		ssize_t length = pread(self, ours, sizeof(ours), at);

		same = length >= 0 && pread(fd, theirs, sizeof(theirs), at) == length &&
		       memcmp(ours, theirs, (size_t)length) == 0;
		if (length <= 0)
			break;
		at += length;
	}
	(void)close(self);
	errno = ESTALE;
	return same;
}

bool executable_is_ours(int fd)
{
	struct stat status;

	return is_private(fd, &status) && forbid_writing(fd) && has_our_bytes(fd);
}

/*
 * The lock refuses every change of the inode, to this process too (bpf/lock/pin_guard.inc.h), so a chmod without effect
 * fails. On tmpfs only an immutable flag has the same result, and is excluded.
 */
bool executable_is_guarded(int fd)
{
	struct stat status;
	struct statfs system;
	int flags = 0;

	if (!is_private(fd, &status) || fstatfs(fd, &system) < 0 || system.f_type != TMPFS_MAGIC)
		return false;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0)
		return false;
	return fchmod(fd, status.st_mode & 07777) < 0 && errno == EPERM;
}

int executable_write(int fd)
{
	int self = open(SELF, O_RDONLY | O_CLOEXEC);
	ssize_t sent;

	if (self < 0)
		return -1;
	while ((sent = sendfile(fd, self, NULL, 1u << 20)) > 0)
		;
	(void)close(self);
	return sent < 0 ? -1 : 0;
}
