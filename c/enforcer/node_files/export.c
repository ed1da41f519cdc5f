/*
 * export.c - see export.h.
 */
#include "export.h"

#include "locked_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT "export"
#define MAX_MOUNTS 16 /* stacked mounts that may have been left behind */

#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

static const char *remedy_for(int error)
{
	switch (error) {
	case EPERM:
		return "run it with CAP_SYS_ADMIN; on a node locked by --lock=on, reboot";
	case EACCES:
	case ENOTDIR:
		return "make it a directory owned by root, mode 0755";
	case ENOENT:
		return "make its parent directory, or set --socket to another path";
	default:
		return "set --socket to another path";
	}
}

static int fail(struct export *export, const char *what, const char *path)
{
	int error = errno;

	export->remedy = remedy_for(error);
	(void)snprintf(export->reason, sizeof(export->reason), "%s %.160s: %s", what, path, strerror(error));
	return -error;
}

/* Fails without a failed system call. */
static int refuse(struct export *export, int error, const char *what, const char *path)
{
	export->remedy = remedy_for(error);
	(void)snprintf(export->reason, sizeof(export->reason), "%s %.160s", what, path);
	return -error;
}

/* The socket's directory, with `name` appended. */
static int make_path(const char *socket, const char *name, char *ret_path, size_t size)
{
	const char *end = strrchr(socket, '/');
	int length = end == NULL ? -1 : snprintf(ret_path, size, "%.*s%s%s", (int)(end - socket), socket,
						 name[0] == '\0' ? "" : "/", name);

	if (length > 0 && (size_t)length < size && socket[0] == '/')
		return 0;
	return -1;
}

static int refuse_path(struct export *export, const char *socket)
{
	bool lies_in_directory = socket[0] == '/' && strrchr(socket, '/') != socket;

	return refuse(export, EINVAL,
		      lies_in_directory ? "the socket's path is too long:" :
					  "the socket's path must be absolute, in a directory:",
		      socket);
}

/* Makes the directory with mode 0755, or checks an existing one. */
static int need_directory(struct export *export, const char *path)
{
	struct stat status;

	if (mkdir(path, 0755) == 0)
		return chmod(path, 0755) < 0 ? fail(export, "cannot make", path) : 0;
	if (errno != EEXIST || lstat(path, &status) < 0)
		return fail(export, "cannot make", path);
	if (!S_ISDIR(status.st_mode))
		return refuse(export, ENOTDIR, "not a directory:", path);
	if ((status.st_uid != 0 && status.st_uid != geteuid()) ||
	    (status.st_mode & 022) != 0)
		return refuse(export, EACCES, "another user can write to", path);
	return 0;
}

/* `path` is already a read-only mount of `shared`. */
static bool is_exported(const char *shared, const char *path)
{
	struct stat one, other;
	struct statvfs system;

	return lstat(shared, &one) == 0 && lstat(path, &other) == 0 && statvfs(path, &system) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino && (system.f_flag & ST_RDONLY) != 0;
}

/* Tries to make a copy of the mount writable, which would work for pods too. */
static bool is_locked(const char *path)
{
	struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	bool locked = fd >= 0 && syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &writable, sizeof(writable)) < 0 &&
		      errno == EPERM;

	(void)close(fd);
	return locked;
}

static bool is_mounted(const char *path)
{
	struct statx found;

	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &found) == 0 &&
	       (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* Unmounts all mounts at the path. Pods keep their copies. */
static int unmount(struct export *export)
{
	for (int i = 0; i < MAX_MOUNTS; i++)
		if (!is_mounted(export->path))
			return 0;
		else if (umount2(export->path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			return fail(export, "cannot unmount", export->path);
	errno = EBUSY;
	return fail(export, "cannot unmount", export->path);
}

static int mount_shared(struct export *export, const char *shared)
{
	int why = 0, result = 0;
	int fd = locked_mount_open(shared, &why);

	errno = fd < 0 ? -fd : 0;
	if (fd < 0)
		return fail(export, "cannot mount", shared);
	if (syscall(SYS_move_mount, fd, "", AT_FDCWD, export->path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		result = fail(export, "cannot mount", export->path);
	(void)close(fd);
	if (result < 0)
		return result;
	if (why != 0)
		(void)snprintf(export->reason, sizeof(export->reason), "the kernel refuses a user namespace: %s",
			       strerror(why));
	errno = EIO;
	return is_exported(shared, export->path) ? 0 : fail(export, "not read-only after mounting", export->path);
}

int export_make(const char *socket, struct export *ret_export)
{
	char directory[PATH_MAX], shared[PATH_MAX];
	int result;

	memset(ret_export, 0, sizeof(*ret_export));
	if (make_path(socket, "", directory, sizeof(directory)) < 0 ||
	    make_path(socket, EXPORT_SHARED, shared, sizeof(shared)) < 0 ||
	    make_path(socket, EXPORT, ret_export->path, sizeof(ret_export->path)) < 0)
		return refuse_path(ret_export, socket);
	if ((result = need_directory(ret_export, directory)) < 0 ||
	    (result = need_directory(ret_export, shared)) < 0)
		return result;
	if (!is_exported(shared, ret_export->path) &&
	    ((result = unmount(ret_export)) < 0 || (result = need_directory(ret_export, ret_export->path)) < 0 ||
	     (result = mount_shared(ret_export, shared)) < 0))
		return result;
	ret_export->locked = is_locked(ret_export->path);
	return 0;
}

int export_remove(const char *socket, struct export *ret_export)
{
	int result;

	memset(ret_export, 0, sizeof(*ret_export));
	if (make_path(socket, EXPORT, ret_export->path, sizeof(ret_export->path)) < 0)
		return refuse_path(ret_export, socket);
	result = unmount(ret_export);
	if (result == 0)
		(void)rmdir(ret_export->path); /* fails when other files are in it */
	return result;
}
