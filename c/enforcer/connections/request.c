/*
 * request.c - see request.h. A line is peeked at (MSG_PEEK) until it is complete, then read with its writer's pid
 * (SCM_CREDENTIALS, unix(7)): only the process that connected may use the connection.
 */
#include "request.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* The pid that wrote all of the data, or 0. */
static pid_t writer_of(struct msghdr *message)
{
	const struct cmsghdr *part = CMSG_FIRSTHDR(message);
	struct ucred credentials;

	if (part == NULL || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS)
		return 0;
	memcpy(&credentials, CMSG_DATA(part), sizeof(credentials));
	return credentials.pid;
}

static ssize_t receive_line(const struct connection *connection, char *line, size_t length)
{
	/* No space for descriptors: the kernel closes any that a peer passes. */
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = { line, length };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(connection->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got < 0)
		return -errno;
	if ((size_t)got != length || writer_of(&message) != connection->peer.pid)
		return -EPERM;
	return got;
}

ssize_t request_read(struct connection *connection, char line[MAX_REQUEST], int64_t now)
{
	ssize_t seen = recv(connection->socket, line, MAX_REQUEST, MSG_PEEK | MSG_DONTWAIT);
	const char *end;

	if (seen < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (seen == 0)
		return -EPIPE;
	end = memchr(line, '\n', (size_t)seen);
	if (end == NULL) {
		if (seen == MAX_REQUEST)
			return -EMSGSIZE;
		if (connection->ended)
			return -EPIPE;
		if (connection->line_until == 0)
			connection->line_until = now + CONNECTION_TIMEOUT_MS;
		return -EAGAIN;
	}
	connection->line_until = 0;
	seen = receive_line(connection, line, (size_t)(end - line) + 1);
	return seen < 0 ? seen : seen - 1;
}
