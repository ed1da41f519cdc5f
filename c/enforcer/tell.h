/*
 * tell.h - every line that the agent is told, as JSON.
 */
#ifndef CT_TELL_H
#define CT_TELL_H

#include "enforce.h"
#include "export.h"
#include "peer.h"

#include <stddef.h>

void tell_ready(const struct enforce_report *report);
void tell_removed(const struct enforce_report *report);
void tell_exported(const struct export *export);
void tell_open(uint64_t id, const struct peer *peer);
void tell_line(uint64_t id, const char *line, size_t length);
void tell_closed(uint64_t id);
/* reason NULL: it is protected, as a member of `family`. */
void tell_protected(uint64_t id, pid_t pid, uint32_t family, const char *reason);
void tell_stats(const struct enforce_stats *stats);
void tell_fatal(const char *reason, const char *remedy);

/* The tier's name; "tracking" for what serves all of them. */
const char *tell_tier_name(unsigned int tier);

/* ---- tell_event.c ---------------------------------------------------------------------------- */

/* An event of the ring buffer; when the agent does not keep up it is counted instead. */
void tell_event(const struct ct_event *event, void *unused);
/* Tells how many events were lost, `in_ring` of them before they got here; silent when none. */
void tell_lost(uint64_t in_ring);

#endif
