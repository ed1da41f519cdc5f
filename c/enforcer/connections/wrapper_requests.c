/*
 * wrapper_requests.c - see wrapper_requests.h. Connections are polled edge-triggered, and each has at most one request
 * at the agent. So a peer costs one table entry, however much it sends or little it reads.
 */
#include "wrapper_requests.h"

#include "accept.h"
#include "connections.h"
#include "enforcer/enforce.h"
#include "enforcer/wire/message_encoder.h"
#include "request.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define MAX_LINES_PER_ROUND 16u
#define MAX_READS_PER_ROUND 256u
#define MAX_EVENTS_PER_ROUND 256
#define LISTENER 0u /* no connection has this id */

struct pending {
	uint64_t id;
	size_t length;
	char line[MAX_REQUEST];
};

static int listener = -1, poller = -1;
static struct pending pending[MAX_LINES_PER_ROUND];
static unsigned int pending_count;

static int watch_listener(uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u64 = LISTENER };

	return epoll_ctl(poller, events != 0 ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener, &event);
}

int requests_open(int socket, unsigned int most)
{
	connections_init(most);
	listener = socket;
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0 || watch_listener(EPOLLIN) < 0)
		return -errno;
	return 0;
}

int requests_fd(void)
{
	return poller;
}

static void end(struct connection *connection)
{
	send_closed(connection->id);
	connections_drop(connection);
}

static void send_rest(struct connection *connection)
{
	const char *rest = connection->output + connection->output_at;
	size_t length = connection->output_length - connection->output_at;
	ssize_t sent = send(connection->socket, rest, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR)
			end(connection);
		return;
	}
	connection->output_at += (size_t)sent;
	if ((size_t)sent < length)
		return;
	connections_discard_output(connection);
	if (connection->closing)
		end(connection);
	else
		connections_enqueue(connection);
}

static void handle_event(const struct epoll_event *event)
{
	struct connection *connection = connections_find(event->data.u64);

	if (connection == NULL)
		return;
	if (event->events & (EPOLLHUP | EPOLLERR)) {
		end(connection);
		return;
	}
	if (event->events & EPOLLRDHUP)
		connection->ended = true;
	if (connection->output != NULL && (event->events & EPOLLOUT))
		send_rest(connection);
	else if (event->events & (EPOLLIN | EPOLLRDHUP))
		connections_enqueue(connection);
}

/* Reads the connection's next request, if it may send one. */
static void read_request(struct connection *connection, int64_t now)
{
	struct pending *next = &pending[pending_count];
	ssize_t length;

	if (connection->asked || connection->output != NULL || connection->closing)
		return; /* queued again afterwards */
	length = request_read(connection, next->line, now);
	if (length == -EAGAIN)
		return;
	if (length < 0) {
		end(connection);
		return;
	}
	connection->asked = true;
	next->id = connection->id;
	next->length = (size_t)length;
	pending_count++;
}

void requests_collect(int64_t now)
{
	struct epoll_event events[MAX_EVENTS_PER_ROUND];
	int count = epoll_wait(poller, events, MAX_EVENTS_PER_ROUND, 0);

	for (int i = 0; i < count; i++) {
		if (events[i].data.u64 != LISTENER)
			handle_event(&events[i]);
		else if (accept_connections(listener, poller, now, end) < 0)
			(void)watch_listener(0);
	}
	for (unsigned int i = 0; i < MAX_READS_PER_ROUND && pending_count < MAX_LINES_PER_ROUND; i++) {
		struct connection *connection = connections_dequeue();

		if (connection == NULL)
			break;
		read_request(connection, now);
	}
}

bool requests_has_more(void)
{
	return connections_are_queued();
}

void requests_forward(void)
{
	for (unsigned int i = 0; i < pending_count; i++)
		if (connections_find(pending[i].id) != NULL)
			send_request_line(pending[i].id, pending[i].line, pending[i].length);
	pending_count = 0;
}

void requests_close_expired(int64_t now)
{
	connections_each_expired(now, end);
	(void)watch_listener(EPOLLIN); /* -EEXIST: already watched */
}

static const char *describe_error(int error)
{
	switch (error) {
	case ESRCH:
		return "the process has ended";
	case EBUSY:
		return "the process is traced or has perf events, which cannot be undone";
	case EALREADY:
		return "another process can answer its system calls (seccomp user notification); start it without such a profile";
	case ENODATA:
		return "it has seccomp filters, and the kernel hides whether another process answers them";
	case EUCLEAN:
		return "another process may have its /proc files open, and the kernel refuses the program that blocks reading them";
	case ECHILD:
		return "cannot track the process's existing children";
	case ENOTSUP:
		return "the lock cannot determine which code it runs";
	case ENOSPC:
		return "the table of code files of protected processes is full";
	case E2BIG:
		return "the table of protected processes is full";
	default:
		return strerror(error);
	}
}

void requests_protect(uint64_t id)
{
	struct connection *connection = connections_find(id);
	uint32_t tree = 0;
	int result;

	if (connection == NULL) {
		send_protected(id, 0, 0, "the connection is closed");
		return;
	}
	result = enforce_protect(connection->peer.pidfd, connection->peer.pid, &tree);
	if (result == 0)
		connection->registered = true;
	send_protected(id, connection->peer.pid, tree, result == 0 ? NULL : describe_error(-result));
}

void requests_answer(uint64_t id, const char *line, size_t length, int64_t now)
{
	struct connection *connection = connections_find(id);
	ssize_t sent;

	if (connection == NULL)
		return;
	sent = connection->output != NULL ? -1 : send(connection->socket, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* A second answer to one request is an error. */
	if (sent < 0 && (connection->output != NULL || errno != EAGAIN)) {
		end(connection);
		return;
	}
	if (sent < 0)
		sent = 0;
	connection->asked = false;
	if ((size_t)sent == length)
		connections_enqueue(connection);
	else if (connections_buffer_output(connection, line + sent, length - (size_t)sent, now) < 0)
		end(connection);
}

void requests_close(uint64_t id)
{
	struct connection *connection = connections_find(id);

	if (connection == NULL)
		return;
	if (connection->output != NULL)
		connection->closing = true;
	else
		end(connection);
}
