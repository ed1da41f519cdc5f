/*
 * locked_mount.c - see locked_mount.h.
 */
#include "locked_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Results of the child, which shares the descriptor table. */
struct result {
	int plain, locked; /* mounts, or -errno */
};

static int clone_mount(const char *directory)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, directory, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * Read-only is the only flag: runtimes that remount a pod's volume pass no other flag and would fail on a locked one.
 * Only root creates files in the directory, so noexec and others are not needed.
 */
static int clone_read_only(const char *directory)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_RDONLY,
		.attr_clr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	int fd = clone_mount(directory);
	int error;

	if (fd < 0 || syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	return -error;
}

/* Mounts over the directory in a private mount namespace; a copy in a new user namespace is locked. */
static int clone_locked(const char *directory)
{
	int fd = clone_read_only(directory);
	int result = fd;

	if (fd < 0)
		return fd;
	if (syscall(SYS_move_mount, fd, "", AT_FDCWD, directory, MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		result = -errno;
	(void)close(fd);
	return result < 0 ? result : clone_mount(directory);
}

static void make_mounts(const char *directory, struct result *result)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		result->plain = -errno;
		return;
	}
	result->plain = clone_read_only(directory);
	if (result->plain >= 0)
		result->locked = clone_locked(directory);
}

int locked_mount_open(const char *directory, int *ret_why)
{
	struct result *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct result found;
	pid_t child;

	if (result == MAP_FAILED)
		return -errno;
	result->plain = result->locked = -ECHILD;
	child = (pid_t)syscall(SYS_clone, CLONE_FILES | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, 0L);
	if (child == 0) {
		make_mounts(directory, result);
		_exit(0);
	}
	if (child < 0)
		result->plain = -errno;
	else
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	found = *result;
	(void)munmap(result, sizeof(*result));
	*ret_why = found.locked < 0 ? -found.locked : 0;
	if (found.locked < 0 || found.plain < 0)
		return found.plain;
	(void)close(found.plain);
	return found.locked;
}
