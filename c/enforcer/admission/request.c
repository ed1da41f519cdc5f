/*
 * request.c - see request.h. A line is looked at (MSG_PEEK) until it is whole and then taken, with the
 * pid of who wrote it (SCM_CREDENTIALS, unix(7)): a socket may be passed on, and a peer speaks for
 * itself only.
 */
#include "request.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* The pid of who wrote all of what was received, or 0. */
static pid_t writer_of(struct msghdr *message)
{
	const struct cmsghdr *part = CMSG_FIRSTHDR(message);
	struct ucred credentials;

	if (part == NULL || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS)
		return 0;
	memcpy(&credentials, CMSG_DATA(part), sizeof(credentials));
	return credentials.pid;
}

static ssize_t take(const struct connection *connection, char *line, size_t length)
{
	/* No room for descriptors: the kernel closes those that a peer passes. */
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
	seen = take(connection, line, (size_t)(end - line) + 1);
	return seen < 0 ? seen : seen - 1;
}
