/*
 * listener.c - see listener.h. The socket is bound under a temporary name and renamed over the old one. An exported
 * directory (node_files/export.h) gets a second link to it.
 */
#include "listener.h"

#include "enforcer/node_files/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NEXT ".next"
#define LISTEN_BACKLOG 4096 /* limited by net.core.somaxconn */

static char made_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
static struct stat made;

static bool is_private(const struct stat *directory)
{
	return (directory->st_uid == 0 || directory->st_uid == geteuid()) && (directory->st_mode & 022) == 0;
}

/* The socket's file name. */
static const char *base_name(void)
{
	return strrchr(made_path, '/') + 1;
}

/* The directory behind the exported mount; -1 with ENOENT when there is none. */
static int open_shared(void)
{
	char path[sizeof(made_path) + sizeof(EXPORT_SHARED)];
	struct stat found;
	int fd;

	(void)snprintf(path, sizeof(path), "%.*s" EXPORT_SHARED, (int)(base_name() - made_path), made_path);
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (fstat(fd, &found) == 0 && is_private(&found)))
		return fd;
	(void)close(fd);
	errno = EPERM;
	return -1;
}

/* The temporary name is fixed, so at most one stays behind. */
static int share(const char *path)
{
	int result, directory = open_shared();

	if (directory < 0)
		return errno == ENOENT ? 0 : -1;
	(void)unlinkat(directory, NEXT, 0);
	result = linkat(AT_FDCWD, path, directory, NEXT, 0);
	if (result == 0)
		result = renameat(directory, NEXT, directory, base_name());
	(void)close(directory);
	return result;
}

/* Makes the directory with mode 0755. Another user who can write there could replace the socket. */
static int need_directory(const char *path, const char **ret_why)
{
	char directory[sizeof(made_path)];
	const char *end = strrchr(path, '/');
	struct stat found;

	*ret_why = "the socket's path must be absolute";
	if (path[0] != '/' || end == path)
		return -EINVAL;
	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(end - path), path);
	*ret_why = "cannot make the socket's directory";
	if (mkdir(directory, 0755) == 0)
		return chmod(directory, 0755) < 0 ? -errno : 0; /* independent of the umask */
	if (errno != EEXIST || stat(directory, &found) < 0)
		return -errno;
	*ret_why = "other users could replace the socket: make its directory writable only for its owner (0755)";
	if ((found.st_mode & 022) != 0 && (found.st_mode & S_ISVTX) == 0)
		return -EPERM;
	*ret_why = "another user owns the socket's directory and could replace the socket";
	return found.st_uid != 0 && found.st_uid != geteuid() ? -EPERM : 0;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
	int on = 1;

	/* Accepted sockets inherit it. Without it, data sent before the accept would lack the sender's credentials. */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	(void)unlink(address->sun_path); /* left by a killed process with the same pid */
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	/* Connecting needs permission and a listener, so both come before the final name. */
	if (chmod(address->sun_path, 0666) < 0 || listen(fd, LISTEN_BACKLOG) < 0 ||
	    lstat(address->sun_path, &made) < 0 || share(address->sun_path) < 0 ||
	    rename(address->sun_path, made_path) < 0) {
		int error = errno;

		(void)unlink(address->sun_path);
		return -error;
	}
	return 0;
}

static int make_address(const char *path, struct sockaddr_un *address, const char **ret_why)
{
	int length = snprintf(address->sun_path, sizeof(address->sun_path), "%s.%d", path, (int)getpid());

	address->sun_family = AF_UNIX;
	*ret_why = "the socket's path is too long";
	if (length < 0 || (size_t)length >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	return need_directory(path, ret_why);
}

int listener_prepare(const char *path, const char **ret_why)
{
	struct sockaddr_un address;

	return make_address(path, &address, ret_why);
}

int listener_open(const char *path, const char **ret_why)
{
	struct sockaddr_un address;
	int fd, result = make_address(path, &address, ret_why);

	if (result < 0)
		return result;
	*ret_why = "cannot create the socket";
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	(void)snprintf(made_path, sizeof(made_path), "%s", path);
	result = bind_and_listen(fd, &address);
	if (result < 0) {
		made_path[0] = '\0';
		(void)close(fd);
		return result;
	}
	return fd;
}

/* Removes only this process's socket, not a later agent's. */
static void remove_from(int directory, const char *name)
{
	struct stat found;

	if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && found.st_dev == made.st_dev &&
	    found.st_ino == made.st_ino)
		(void)unlinkat(directory, name, 0);
}

void listener_remove(void)
{
	int directory;

	if (made_path[0] == '\0')
		return;
	remove_from(AT_FDCWD, made_path);
	directory = open_shared();
	if (directory >= 0) {
		remove_from(directory, base_name());
		(void)close(directory);
	}
	made_path[0] = '\0';
}
