/*
 * wrapper_requests.h - one pending request of each connection, and the agent's answers. Requests are opaque here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes ownership of a listening socket, for at most `most` connections. 0 or -errno. */
int requests_open(int listener, unsigned int most);

/* Readable when requests_collect has work. */
int requests_fd(void);

/* Accepts connections, reads requests, sends answers. A few requests stay pending. Bounded work. */
void requests_collect(int64_t now);
/* There is work that requests_fd does not signal. */
bool requests_has_more(void);

/* Sends pending requests to the agent, after all events that preceded them. */
void requests_forward(void);

/* Closes expired connections. Call it once a second. */
void requests_close_expired(int64_t now);

/* Protects the process behind a connection, and reports the result to the agent. */
void requests_protect(uint64_t id);
/* Sends `line`, which includes its LF. */
void requests_answer(uint64_t id, const char *line, size_t length, int64_t now);
/* Closes the connection once the peer has read its answer. */
void requests_close(uint64_t id);
