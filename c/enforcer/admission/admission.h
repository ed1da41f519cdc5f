/*
 * admission.h - connections of wrappers: one pending request of each, and the agent's answers. Requests are opaque
 * here.
 */
#ifndef CT_ADMISSION_H
#define CT_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes ownership of a listening socket, for at most `most` connections. 0 or -errno. */
int admission_open(int listener, unsigned int most);

/* Readable when admission_collect has work. */
int admission_fd(void);

/* Accepts connections, reads requests, sends answers. A few requests stay pending. Bounded work. */
void admission_collect(int64_t now);
/* There is work that admission_fd does not signal. */
bool admission_has_more(void);

/* Sends pending requests to the agent, after all events that preceded them. */
void admission_forward(void);

/* Closes expired connections. Call it once a second. */
void admission_close_expired(int64_t now);

/* Protects the process behind a connection, and reports the result to the agent. */
void admission_protect(uint64_t id);
/* Sends `line`, which includes its LF. */
void admission_answer(uint64_t id, const char *line, size_t length, int64_t now);
/* Closes the connection once the peer has read its answer. */
void admission_close(uint64_t id);

#endif
