/*
 * peer.c - see peer.h. Since Linux 6.5 SO_PEERPIDFD gives a pidfd of the process that connected (unix(7)). Older
 * kernels give a pid, which is turned into a pidfd at accept. That could be another process only if all pids were used
 * in between, and then requests fail: they must come from the peer's own pid (request.c).
 */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#define INITIAL_PID_NAMESPACE 0xeffffffcu /* PROC_PID_INIT_INO of the kernel's proc_ns.h */

static int read_credentials(int socket, struct ucred *ret_credentials)
{
	socklen_t length = sizeof(*ret_credentials);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, ret_credentials, &length) < 0 ? -errno : 0;
}

pid_t peer_pid(int socket)
{
	struct ucred credentials;
	int result = read_credentials(socket, &credentials);

	if (result < 0)
		return result;
	return credentials.pid > 0 ? credentials.pid : -ESRCH;
}

static int open_pidfd(int socket, pid_t pid)
{
	int pidfd = -1;
	socklen_t length = sizeof(pidfd);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0)
		return pidfd;
	if (errno != ENOPROTOOPT)
		return -ESRCH; /* ended and reaped: ESRCH or EINVAL, by version */
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0u);
	return pidfd < 0 ? -errno : pidfd;
}

/* The last number of an fdinfo line such as "NSpid:\t4711\t1\n". 0: no such line. -1: the process has ended. */
static long last_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	long number = 0;

	if (at == NULL)
		return 0;
	for (at += strlen(name); *at == '\t' || *at == ' ';) {
		char *end;

		number = strtol(at, &end, 10);
		at = end;
	}
	return number;
}

/* Both pids come from the pidfd, so they are never those of a later process. */
static int read_numbers(int pidfd, struct peer *peer)
{
	char path[40], text[512];
	ssize_t length;
	long pid, nspid;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -EIO;
	length = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (length < 0)
		return -EIO;
	text[length] = '\0';
	pid = last_number(text, "\nPid:");
	nspid = last_number(text, "\nNSpid:");
	if (pid < 0)
		return -ESRCH;
	if (pid == 0 || nspid <= 0)
		return -EIO;
	peer->pid = (pid_t)pid;
	peer->nspid = (pid_t)nspid;
	return 0;
}

int peer_identify(int socket, struct peer *ret_peer)
{
	struct ucred credentials;
	struct peer peer;
	int result = read_credentials(socket, &credentials);

	if (result < 0)
		return result;
	if (credentials.pid <= 0)
		return -ESRCH;
	peer.uid = credentials.uid;
	peer.pidfd = open_pidfd(socket, credentials.pid);
	if (peer.pidfd < 0)
		return peer.pidfd;
	result = read_numbers(peer.pidfd, &peer);
	if (result < 0) {
		(void)close(peer.pidfd);
		return result;
	}
	*ret_peer = peer;
	return 0;
}

const char *peer_trouble(void)
{
	struct stat namespace;
	char self[16];
	ssize_t length = readlink("/proc/self", self, sizeof(self) - 1);

	if (length < 0 || stat("/proc/self/ns/pid", &namespace) < 0)
		return "/proc is not mounted";
	self[length] = '\0';
	if (namespace.st_ino != INITIAL_PID_NAMESPACE)
		return "the agent is not in the host's PID namespace";
	if (strtol(self, NULL, 10) != getpid())
		return "/proc belongs to another PID namespace than the agent";
	return NULL;
}
