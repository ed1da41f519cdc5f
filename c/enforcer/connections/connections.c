/*
 * connections.c - see connections.h. A linear search costs microseconds, less than the accept or timeout that leads to
 * it, so there is no index.
 */
#include "connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_OUTPUT (8u << 20) /* for all connections together */

static struct connection table[MAX_CONNECTIONS];
static unsigned int capacity, count;
static uint64_t serial;
static size_t buffered;
/* A queue of connections to read from; each is in it at most once. */
static uint16_t queue[MAX_CONNECTIONS];
static unsigned int queue_at, queue_length;

void connections_init(unsigned int wanted)
{
	capacity = wanted < MAX_CONNECTIONS ? wanted : MAX_CONNECTIONS;
}

struct connection *connections_add(int socket, const struct peer *peer, int64_t now)
{
	if (count >= capacity)
		return NULL;
	for (unsigned int index = 0; index < capacity; index++) {
		struct connection *connection = &table[index];

		if (connection->id != 0)
			continue;
		*connection = (struct connection){
			.id = ++serial * MAX_CONNECTIONS + index,
			.peer = *peer,
			.socket = socket,
			.queued = connection->queued, /* a stale queue entry costs one extra read */
			.until = now + CONNECTION_TIMEOUT_MS,
		};
		count++;
		return connection;
	}
	return NULL;
}

struct connection *connections_find(uint64_t id)
{
	struct connection *connection = &table[id % MAX_CONNECTIONS];

	return id != 0 && connection->id == id ? connection : NULL;
}

void connections_drop(struct connection *connection)
{
	bool queued = connection->queued;

	connections_discard_output(connection);
	(void)close(connection->socket);
	(void)close(connection->peer.pidfd);
	*connection = (struct connection){ .queued = queued };
	count--;
}

unsigned int connections_count_of(pid_t pid)
{
	unsigned int found = 0;

	for (unsigned int index = 0; index < capacity; index++)
		found += table[index].id != 0 && table[index].peer.pid == pid;
	return found;
}

struct connection *connections_oldest_unregistered(void)
{
	struct connection *oldest = NULL;

	for (unsigned int index = 0; index < capacity; index++) {
		struct connection *one = &table[index];

		if (one->id != 0 && !one->registered && (oldest == NULL || one->id < oldest->id))
			oldest = one;
	}
	return oldest;
}

int connections_buffer_output(struct connection *connection, const char *bytes, size_t length, int64_t now)
{
	if (buffered + length > MAX_OUTPUT)
		return -ENOBUFS;
	connection->output = malloc(length);
	if (connection->output == NULL)
		return -ENOMEM;
	memcpy(connection->output, bytes, length);
	connection->output_at = 0;
	connection->output_length = length;
	connection->output_until = now + CONNECTION_TIMEOUT_MS;
	buffered += length;
	return 0;
}

void connections_discard_output(struct connection *connection)
{
	if (connection->output == NULL)
		return;
	buffered -= connection->output_length;
	free(connection->output);
	connection->output = NULL;
	connection->output_until = 0;
}

static int64_t earlier(int64_t one, int64_t other)
{
	return other != 0 && other < one ? other : one;
}

static int64_t expires_at(const struct connection *connection)
{
	int64_t when = connection->registered ? INT64_MAX : connection->until;

	return earlier(earlier(when, connection->line_until), connection->output_until);
}

void connections_each_expired(int64_t now, void (*close)(struct connection *connection))
{
	for (unsigned int index = 0; count > 0 && index < capacity; index++)
		if (table[index].id != 0 && expires_at(&table[index]) <= now)
			close(&table[index]);
}

void connections_enqueue(struct connection *connection)
{
	if (connection->queued)
		return;
	connection->queued = true;
	queue[(queue_at + queue_length++) % MAX_CONNECTIONS] = (uint16_t)(connection - table);
}

struct connection *connections_dequeue(void)
{
	while (queue_length > 0) {
		struct connection *connection = &table[queue[queue_at]];

		queue_at = (queue_at + 1) % MAX_CONNECTIONS;
		queue_length--;
		connection->queued = false;
		if (connection->id != 0)
			return connection;
	}
	return NULL;
}

bool connections_are_queued(void)
{
	return queue_length > 0;
}
