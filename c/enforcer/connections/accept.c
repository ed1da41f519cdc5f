/*
 * accept.c - see accept.h. When the table is full, the oldest unregistered connection makes room, so that idle
 * connections cannot keep other processes out.
 */
#include "accept.h"

#include "enforcer/wire/message_encoder.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ACCEPTS_PER_ROUND 64
/* Doubled by the kernel. Most answers fit, and a peer that does not read occupies no more memory. */
#define SEND_BUFFER 8192

static void refuse(int socket, const char *reason)
{
	char line[200];
	int length = snprintf(line, sizeof(line), "{\"op\":\"error\",\"reason\":\"%s\"}\n", reason);

	(void)send(socket, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(socket);
}

static struct connection *add_connection(int socket, const struct peer *peer, int64_t now,
					 void (*end)(struct connection *connection))
{
	struct connection *connection = connections_add(socket, peer, now);
	struct connection *oldest;

	if (connection != NULL)
		return connection;
	oldest = connections_oldest_unregistered();
	if (oldest == NULL)
		return NULL;
	end(oldest);
	return connections_add(socket, peer, now);
}

static int prepare(const struct connection *connection, int poller)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.u64 = connection->id,
	};
	int size = SEND_BUFFER;

	if (setsockopt(connection->socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0 ||
	    epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event) < 0)
		return -errno;
	return 0;
}

static void accept_one(int socket, int poller, int64_t now, void (*end)(struct connection *connection))
{
	struct connection *connection;
	struct peer peer;
	pid_t pid = peer_pid(socket);

	if (pid < 0) {
		refuse(socket, "the agent cannot see your process: run the agent in the host's PID namespace (hostPID: true)");
		return;
	}
	if (connections_count_of(pid) >= MAX_CONNECTIONS_PER_PEER) {
		refuse(socket, "too many connections from one process");
		return;
	}
	if (peer_identify(socket, &peer) < 0) {
		refuse(socket, "the kernel does not identify your process");
		return;
	}
	connection = add_connection(socket, &peer, now, end);
	if (connection == NULL) {
		(void)close(peer.pidfd);
		refuse(socket, "too many connections");
		return;
	}
	if (prepare(connection, poller) < 0)
		connections_drop(connection);
	else
		send_open(connection->id, &peer);
}

int accept_connections(int listener, int poller, int64_t now, void (*end)(struct connection *connection))
{
	for (int i = 0; i < MAX_ACCEPTS_PER_ROUND; i++) {
		int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (socket >= 0)
			accept_one(socket, poller, now, end);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != ECONNABORTED && errno != EINTR)
			return -EMFILE; /* or ENFILE, ENOMEM: an immediate retry would fail too */
	}
	return 0;
}
