/*
 * socket.h - Unix sockets, and what a wrapper says to the node agent.
 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* connect(2) or bind(2) with a path: the descriptor, or -errno. */
static inline int open_socket(const char *path, int (*how)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd, failed;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && how(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	failed = -errno;
	if (fd >= 0)
		(void)close(fd);
	return failed;
}

static inline int listen_at(const char *path)
{
	int fd = open_socket(path, bind);

	return fd >= 0 && listen(fd, 16) < 0 ? -errno : fd;
}

/* The process at the other end, in this process's PID namespace; 0 when it is unknown. */
static inline pid_t peer_of(int fd)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

/* Registers this process with the agent; exits with status 3 when the agent refuses. */
static inline void ask_for_protection(const char *path)
{
	static const char request[] = "{\"op\":\"protect\"}\n";
	char answer[512] = "";
	int fd = open_socket(path, connect);

	if (fd < 0 || write(fd, request, sizeof(request) - 1) < 0 || read(fd, answer, sizeof(answer) - 1) <= 0) {
		perror(path);
		exit(3);
	}
	if (strstr(answer, "\"protected\":true") == NULL) {
		fprintf(stderr, "%s\n", answer);
		exit(3);
	}
	(void)close(fd);
}
