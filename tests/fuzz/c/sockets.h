/*
 * sockets.h - both ends of the enforcer's sockets: the agent's, and a peer's.
 */
#pragma once

#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGENT_BYTES (1u << 20)

static inline void open_pair(int pair[2])
{
	const int on = 1;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	MUST(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
}

/* All that has arrived, with a NUL behind it. */
static inline size_t read_all(int fd, char text[AGENT_BYTES])
{
	size_t used = 0;
	ssize_t got;

	while (used < AGENT_BYTES - 1 && (got = read(fd, text + used, AGENT_BYTES - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	return used;
}
