/*
 * wire.h - lines to and from the agent on descriptor 3. Output goes through a bounded queue and never blocks. When the
 * queue fills, events are dropped, answers are not; new requests wait (wire_is_nearly_full), then commands
 * (wire_is_full).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* "answer ID " and an answer of 64 KiB. */
#define WIRE_MAX_COMMAND (65536u + 64)

enum wire_priority {
	WIRE_LOW,    /* attacks: dropped first */
	WIRE_MEDIUM, /* wrappers' own probes and the count of lost events: dropped later */
	WIRE_HIGH,   /* answers: never dropped */
};

void wire_init(int fd);

/* Queues a line with its LF. False: dropped (or empty); the caller counts it. */
bool wire_put(const char *line, size_t length, enum wire_priority priority);

/* Peers must wait, because their requests may not fit. */
bool wire_is_nearly_full(void);
/* Commands must wait until the agent has read answers. */
bool wire_is_full(void);
bool wire_has_output(void);

/* Sends as much as the agent reads. 0, or -errno: it has ended. */
int wire_flush(void);

/*
 * Reads pending input and passes complete lines to `handle`, with NUL instead of LF, while answers fit. 0. -EPIPE: the
 * agent has ended. -EMSGSIZE: a line is too long.
 */
int wire_receive(void (*handle)(char *line, size_t length));
/* A line waits for space in the queue. */
bool wire_has_input(void);
