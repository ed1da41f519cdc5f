/*
 * install.c - see install.h. The descriptor that is checked is the one that is executed. /run is often mounted noexec,
 * so execution goes through a private detached mount (open_tree(2), mount_setattr(2), Linux 5.12).
 */
#include "install.h"

#include "executable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "enforcer"
#define AGENT_FD 3
#define MAX_ARGUMENTS 32
#define SELF "/proc/self/exe"

extern char **environ;

static char path[PATH_MAX];
static char text[PATH_MAX + 128];

const char *install_error(void)
{
	return text;
}

static int explain(const char *what)
{
	int error = errno;

	(void)snprintf(text, sizeof(text), "%s %s: %s", what, path, strerror(error));
	return -error;
}

static bool is_running(const char *file)
{
	struct stat self, other;

	return stat(SELF, &self) == 0 && lstat(file, &other) == 0 && self.st_dev == other.st_dev &&
	       self.st_ino == other.st_ino;
}

/* Opens the socket's directory. Another user who can write there could replace the installed file. */
static int open_directory(const char *socket, int length)
{
	struct stat status;
	int fd;

	(void)snprintf(text, sizeof(text), "%.*s", length, socket);
	if (length > 0 && mkdir(text, 0755) < 0 && errno != EEXIST)
		return explain("cannot make the directory of");
	fd = open(length > 0 ? text : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return explain("cannot open the directory of");
	if ((status.st_uid == 0 || status.st_uid == geteuid()) &&
	    ((status.st_mode & 022) == 0 || (status.st_mode & S_ISVTX) != 0))
		return fd;
	(void)close(fd);
	errno = EACCES;
	return explain("another user can write to the directory of");
}

static int open_file(int directory, const char *name)
{
	return openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Opens the existing file if it is this program or guarded by the lock; else -1. */
static int open_earlier(int directory)
{
	int fd = open_file(directory, NAME);

	/* This order, because a guarded chmod is reported to the agent. */
	if (fd < 0 || executable_is_ours(fd) || executable_is_guarded(fd))
		return fd;
	(void)close(fd);
	return -1;
}

/* Makes a complete copy under a temporary name, not open for writing. */
static int copy_self(int directory, const char *partial)
{
	int writer, error, fd = -1;

	(void)unlinkat(directory, partial, 0); /* left by a killed process with the same pid */
	writer = openat(directory, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0500);
	if (writer < 0)
		return -1;
	if (executable_write(writer) == 0 && fchmod(writer, 0555) == 0)
		fd = open_file(directory, partial);
	error = errno;
	(void)close(writer);
	errno = error;
	if (fd < 0 || executable_is_ours(fd))
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static int install_copy(int directory)
{
	char partial[sizeof(NAME) + 16];
	int fd, error;

	(void)snprintf(partial, sizeof(partial), NAME ".%d", (int)getpid());
	fd = copy_self(directory, partial);
	if (fd >= 0 && renameat(directory, partial, directory, NAME) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	(void)unlinkat(directory, partial, 0);
	errno = error;
	return explain("cannot write");
}

static int execute(int fd, char *const *arguments)
{
	struct mount_attr attributes = { .attr_clr = MOUNT_ATTR_NOEXEC };
	static char flag[] = "--installed";
	char *extended[MAX_ARGUMENTS + 2];
	int count = 0, tree;

	for (; arguments[count] != NULL && count < MAX_ARGUMENTS; count++)
		extended[count] = arguments[count];
	extended[count] = flag;
	extended[count + 1] = NULL;
	tree = (int)syscall(SYS_open_tree, fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0)
		return explain("cannot mount");
	(void)fcntl(AGENT_FD, F_SETFD, 0);
	(void)syscall(SYS_execveat, tree, "", extended, environ, AT_EMPTY_PATH);
	return explain("cannot execute");
}

int install_self(const char *socket, bool installed, char *const *arguments, const char **ret_path)
{
	const char *end = strrchr(socket, '/');
	int length = end != NULL ? (int)(end - socket) : 0;
	int directory, fd;

	(void)snprintf(path, sizeof(path), "%.*s/" NAME, length, socket);
	*ret_path = path;
	if (is_running(path))
		return 0;
	if (installed) {
		errno = ELOOP;
		return explain("execution did not start");
	}
	directory = open_directory(socket, length);
	if (directory < 0)
		return directory;
	fd = open_earlier(directory);
	if (fd < 0)
		fd = install_copy(directory);
	(void)close(directory);
	return fd < 0 ? fd : execute(fd, arguments);
}
