/*
 * install.c - see install.h. /run is mounted noexec on many hosts, so the file is executed through a mount
 * of its own that nobody else sees (open_tree(2), mount_setattr(2), Linux 5.12).
 */
#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "enforcer"
#define AGENT_FD 3
#define MOST_ARGUMENTS 32
#define SELF "/proc/self/exe"

extern char **environ;

static char path[PATH_MAX];
static char words[PATH_MAX + 128];

const char *install_words(void)
{
	return words;
}

static int explain(const char *what)
{
	int error = errno;

	(void)snprintf(words, sizeof(words), "%s %s: %s", what, path, strerror(error));
	return -error;
}

static bool is_running(const char *file)
{
	struct stat self, other;

	return stat(SELF, &self) == 0 && stat(file, &other) == 0 && self.st_dev == other.st_dev &&
	       self.st_ino == other.st_ino;
}

/* Whether the file holds our very bytes. */
static bool is_same(const char *file)
{
	static char ours[65536], theirs[sizeof(ours)];
	int one = open(SELF, O_RDONLY | O_CLOEXEC), other = open(file, O_RDONLY | O_CLOEXEC);
	bool same = one >= 0 && other >= 0;

	while (same) {
		ssize_t length = read(one, ours, sizeof(ours));

		same = length >= 0 && read(other, theirs, sizeof(theirs)) == length &&
		       memcmp(ours, theirs, (size_t)length) == 0;
		if (length <= 0)
			break;
	}
	(void)(close(one) + close(other));
	return same;
}

static int copy_to(int target)
{
	int self = open(SELF, O_RDONLY | O_CLOEXEC);
	ssize_t sent;

	if (self < 0)
		return -1;
	while ((sent = sendfile(target, self, NULL, 1u << 20)) > 0)
		;
	(void)close(self);
	return sent < 0 ? -1 : 0;
}

/* Complete or not at all: it appears by its last name when it is whole. */
static int copy_self(void)
{
	char partial[sizeof(path) + 16];
	int fd, result;

	(void)snprintf(partial, sizeof(partial), "%s.%d", path, (int)getpid());
	fd = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0)
		return explain("cannot write");
	result = copy_to(fd);
	(void)fchmod(fd, 0555);
	(void)close(fd);
	if (result < 0 || rename(partial, path) < 0) {
		result = explain("cannot write");
		(void)unlink(partial);
		return result;
	}
	return 0;
}

static int execute(char *const *arguments)
{
	struct mount_attr attributes = { .attr_clr = MOUNT_ATTR_NOEXEC };
	static char flag[] = "--installed";
	char *extended[MOST_ARGUMENTS + 2];
	int count = 0, tree;

	for (; arguments[count] != NULL && count < MOST_ARGUMENTS; count++)
		extended[count] = arguments[count];
	extended[count] = flag;
	extended[count + 1] = NULL;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
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

	(void)snprintf(path, sizeof(path), "%.*s/" NAME, length, socket);
	*ret_path = path;
	if (is_running(path))
		return 0;
	if (installed) {
		errno = ELOOP;
		return explain("another file was started than");
	}
	(void)snprintf(words, sizeof(words), "%.*s", length, socket);
	if (length > 0 && mkdir(words, 0755) < 0 && errno != EEXIST)
		return explain("cannot make the directory of");
	/* A seal of our predecessor forbids to replace the file; then its own version goes on. */
	if (!is_same(path) && copy_self() < 0 && access(path, F_OK) < 0)
		return -errno;
	return execute(arguments);
}
