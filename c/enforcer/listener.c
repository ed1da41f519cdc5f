/*
 * listener.c - see listener.h. The socket is bound under a name of its own and renamed over the old one.
 */
#include "listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define WAITING_CONNECTIONS 4096 /* the kernel makes it net.core.somaxconn when that is less */

static char made_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
static struct stat made;

/* The directory, mode 0755 when it must be made. Who else could write there could replace the socket. */
static int need_directory(const char *path, const char **ret_why)
{
	char directory[sizeof(made_path)];
	const char *end = strrchr(path, '/');
	struct stat found;

	*ret_why = "the socket's path must be absolute";
	if (path[0] != '/' || end == path)
		return -EINVAL;
	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(end - path), path);
	*ret_why = "the socket's directory cannot be made";
	if (mkdir(directory, 0755) == 0)
		return chmod(directory, 0755) < 0 ? -errno : 0; /* whatever the umask was */
	if (errno != EEXIST || stat(directory, &found) < 0)
		return -errno;
	*ret_why = "others may replace the socket: its directory must be writable for its owner only (0755)";
	if ((found.st_mode & 022) != 0 && (found.st_mode & S_ISVTX) == 0)
		return -EPERM;
	*ret_why = "others may replace the socket: its directory belongs to another user";
	return found.st_uid != 0 && found.st_uid != geteuid() ? -EPERM : 0;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
	int on = 1;

	/* Inherited by what it accepts: what a peer sent before we could ask for it would not tell who sent it. */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	(void)unlink(address->sun_path); /* of one that had our pid and was killed here */
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	/* A path needs both permission and somebody who listens: so before it gets its name. */
	if (chmod(address->sun_path, 0666) < 0 || listen(fd, WAITING_CONNECTIONS) < 0 ||
	    lstat(address->sun_path, &made) < 0 || rename(address->sun_path, made_path) < 0) {
		int error = errno;

		(void)unlink(address->sun_path);
		return -error;
	}
	return 0;
}

int listener_open(const char *path, const char **ret_why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length, fd, result;

	length = snprintf(address.sun_path, sizeof(address.sun_path), "%s.%d", path, (int)getpid());
	*ret_why = "the socket's path is too long";
	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	result = need_directory(path, ret_why);
	if (result < 0)
		return result;
	*ret_why = "the socket cannot be made";
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

void listener_remove(void)
{
	struct stat found;

	if (made_path[0] == '\0' || lstat(made_path, &found) < 0)
		return;
	if (found.st_dev == made.st_dev && found.st_ino == made.st_ino)
		(void)unlink(made_path);
	made_path[0] = '\0';
}
