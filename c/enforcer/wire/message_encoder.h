/*
 * message_encoder.h - every line that the agent is told, as JSON.
 */
#ifndef CT_MESSAGE_ENCODER_H
#define CT_MESSAGE_ENCODER_H

#include "enforcer/enforce.h"
#include "enforcer/node_files/export.h"
#include "enforcer/admission/peer.h"

#include <stddef.h>

void send_ready(const struct enforce_report *report);
void send_removed(const struct enforce_report *report);
void send_exported(const struct export *export);
void send_open(uint64_t id, const struct peer *peer);
void send_request_line(uint64_t id, const char *line, size_t length);
void send_closed(uint64_t id);
/* reason NULL: it is protected, as a member of `family`. */
void send_protected(uint64_t id, pid_t pid, uint32_t tree, const char *reason);
void send_stats(const struct enforce_stats *stats);
void send_fatal(const char *reason, const char *remedy);

/* The backend's name; "tracking" for what serves all of them. */
const char *backend_label(unsigned int backend);

/* ---- send_event.c ---------------------------------------------------------------------------- */

/* An event of the ring buffer; when the agent does not keep up it is counted instead. */
void send_event(const struct ct_event *event, void *unused);
/* Tells how many events were lost, `in_ring` of them before they got here; silent when none. */
void send_lost(uint64_t in_ring);

#endif
