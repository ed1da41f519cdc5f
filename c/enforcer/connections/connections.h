/*
 * connections.h - the table of connections: a fixed number of entries with unique ids, states and timeouts.
 */
#pragma once

#include "peer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_CONNECTIONS 4096u
#define MAX_CONNECTIONS_PER_PEER 16u
#ifndef CONNECTION_TIMEOUT_MS /* tests use a shorter one */
#define CONNECTION_TIMEOUT_MS 10000 /* for registering, for completing a line, for reading an answer */
#endif

struct connection {
	uint64_t id; /* 0: a free entry */
	struct peer peer;
	int socket;
	bool registered;                  /* its process is protected, so it may stay idle */
	bool asked;                       /* the agent has its request; the next one is read after the answer */
	bool ended;                       /* the peer has shut down its side */
	bool queued;                      /* in the queue */
	bool closing;                     /* close once the output is read */
	int64_t until;                    /* deadline for registering, ms of the monotonic clock */
	int64_t line_until, output_until; /* 0: no deadline */
	char *output;                     /* not yet read by the peer */
	size_t output_at, output_length;
};

/* Limits the number of connections, because of few descriptors. */
void connections_init(unsigned int limit);

/* NULL: the table is full. Takes ownership of both descriptors. */
struct connection *connections_add(int socket, const struct peer *peer, int64_t now);

/* NULL: closed or unknown. */
struct connection *connections_find(uint64_t id);

/* Closes the descriptors, frees output and entry. */
void connections_drop(struct connection *connection);

unsigned int connections_count_of(pid_t pid);
/* The oldest unregistered connection, or NULL. */
struct connection *connections_oldest_unregistered(void);

/* 0. -ENOBUFS: the limit for all connections is reached. */
int connections_buffer_output(struct connection *connection, const char *bytes, size_t length, int64_t now);
void connections_discard_output(struct connection *connection);

/* Calls `close` for each connection that has passed a deadline. */
void connections_each_expired(int64_t now, void (*close)(struct connection *connection));

/* Enqueues it once; dequeues the first one, or NULL. */
void connections_enqueue(struct connection *connection);
struct connection *connections_dequeue(void);
bool connections_are_queued(void);
