/*
 * admission.h - the peers: who is let in, one request of each at a time, and the agent's answers. The gate does
 * not know what requests mean.
 */
#ifndef CT_ADMISSION_H
#define CT_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes over a listening socket; at most `most` connections. 0 or -errno. */
int admission_open(int listener, unsigned int most);

/* Readable when there is something to collect. */
int admission_fd(void);

/* Accepts, reads, sends; a few lines are held, not yet told. Bounded work. */
void admission_collect(int64_t now);
/* There is something to collect that admission_fd does not tell of. */
bool admission_has_more(void);

/* Tells the agent the lines that are held: after all events that were there when they had been read. */
void admission_forward(void);

/* Closes who is late; once a second is enough. */
void admission_close_expired(int64_t now);

/* Protects the process behind a connection, and tells the agent how that went. */
void admission_protect(uint64_t id);
/* Sends `line`, its LF included. */
void admission_answer(uint64_t id, const char *line, size_t length, int64_t now);
/* Closes, as soon as the peer has what was answered. */
void admission_close(uint64_t id);

#endif
