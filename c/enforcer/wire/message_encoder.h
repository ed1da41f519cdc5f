/*
 * message_encoder.h - sends every message to the agent, as one line of JSON (src/protocol/enforcer.ts).
 */
#pragma once

#include "enforcer/connections/peer.h"
#include "enforcer/enforce.h"
#include "enforcer/node_files/export.h"

#include <stddef.h>

void send_ready(const struct enforce_report *report);
void send_removed(const struct enforce_report *report);
void send_exported(const struct export *export);
void send_open(uint64_t id, const struct peer *peer);
void send_request_line(uint64_t id, const char *line, size_t length);
void send_closed(uint64_t id);
/* reason NULL: it is protected and belongs to process tree `tree`. */
void send_protected(uint64_t id, pid_t pid, uint32_t tree, const char *reason);
void send_stats(const struct enforce_stats *stats);
void send_fatal(const char *reason, const char *remedy);

/* The backend's name; "tracking" for process tracking. */
const char *backend_label(unsigned int backend);

/* ---- event_encoder.c --------------------------------------------------------------------------- */

/* Sends an event of the ring buffer, or counts it as lost when the queue is full. */
void send_event(const struct ct_event *event, void *unused);
/* Reports lost events, including `in_ring` that the ring buffer dropped. Sends nothing when there are none. */
void send_lost(uint64_t in_ring);
