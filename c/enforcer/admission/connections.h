/*
 * connections.h - the table of connections: a fixed number of places, each with a number that is never
 * given twice, what it waits for, and until when.
 */
#ifndef CT_CONNECTIONS_H
#define CT_CONNECTIONS_H

#include "peer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_CONNECTIONS 4096u
#define MAX_CONNECTIONS_PER_PEER 16u
#ifndef CONNECTION_TIMEOUT_MS /* tests have less */
#define CONNECTION_TIMEOUT_MS 10000 /* for registering, for the rest of a line, for taking an answer */
#endif

struct connection {
	uint64_t id; /* 0: the place is free */
	struct peer peer;
	int socket;
	bool registered; /* its process is protected: it may be silent as long as it likes */
	bool asked;      /* the agent has its line; no other is taken before the answer */
	bool ended;      /* the peer sends no more */
	bool waiting;    /* in the line of those to be looked at */
	bool closing;    /* to be closed when its output is taken */
	int64_t until;   /* registration, ms of the monotonic clock */
	int64_t line_until, output_until; /* 0: nothing begun */
	char *output;    /* what the peer did not take at once */
	size_t output_at, output_length;
};

/* At most so many from now on; fewer when descriptors are few. */
void connections_init(unsigned int most);

/* NULL: all places are taken. Takes over both descriptors. */
struct connection *connections_add(int socket, const struct peer *peer, int64_t now);

/* NULL: it has been closed, or never was. */
struct connection *connections_find(uint64_t id);

/* Closes descriptors, frees output and place. */
void connections_drop(struct connection *connection);

unsigned int connections_count_of(pid_t pid);
/* The unregistered one that has been there for longest, or NULL. */
struct connection *connections_oldest_unregistered(void);

/* 0. -ENOBUFS: all peers together are not reading more than we keep. */
int connections_buffer_output(struct connection *connection, const char *bytes, size_t length, int64_t now);
void connections_discard_output(struct connection *connection);

/* Hands out each that did not register, go on with its line, or take its output in time. */
void connections_each_expired(int64_t now, void (*close)(struct connection *connection));

/* Puts it in line (once); takes the first of the line, or NULL. */
void connections_enqueue(struct connection *connection);
struct connection *connections_dequeue(void);
bool connections_are_queued(void);

#endif
