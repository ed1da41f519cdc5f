/*
 * wire.h - the agent at the other end of descriptor 3: lines to it through a bounded queue, lines from it.
 * It never blocks. When the queue fills, events are refused first, answers never: who would cause
 * answers is not listened to meanwhile (wire_is_nearly_full, wire_is_full).
 */
#ifndef CT_WIRE_H
#define CT_WIRE_H

#include <stdbool.h>
#include <stddef.h>

/* Longest line of the agent: "answer ID " and an answer of 64 KiB. */
#define WIRE_MAX_COMMAND (65536u + 64)

enum wire_kind {
	WIRE_EVENT, /* may be refused */
	WIRE_PROOF, /* an event that a wrapper waits for: refused later */
	WIRE_ANSWER,
};

void wire_init(int fd);

/* Queues a line, LF included. False: refused (or empty), only the caller can count it. */
bool wire_put(const char *line, size_t length, enum wire_kind kind);

/* Peers must wait: their lines may not fit any more. */
bool wire_is_nearly_full(void);
/* The agent must wait with commands until it has read answers. */
bool wire_is_full(void);
bool wire_has_output(void);

/* Sends what the agent takes now. 0, or -errno: it is gone. */
int wire_flush(void);

/*
 * Reads what is there and hands out whole lines without LF, NUL instead, as long as there is room for
 * answers. 0; -EPIPE: the agent is gone; -EMSGSIZE: no command is that long.
 */
int wire_receive(void (*take)(char *line, size_t length));
/* A line was left because the queue was full. */
bool wire_has_input(void);

#endif
