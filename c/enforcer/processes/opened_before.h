/*
 * opened_before.h - files of /proc/PID that somebody opened before PID was protected. Reading on is refused by a
 * program that every read on the node pays for; so it is attached when the first process registers of which
 * somebody may have such a file: one was seen being opened, or the process is older than our looking.
 */
#ifndef CT_OPENED_BEFORE_H
#define CT_OPENED_BEFORE_H

#include "bpf/state.h"
#include "enforcer/start/backends.h"

/* Before programs load: what they say when they cannot keep track. */
int opened_before_init(void);
/* With the backends up: sees whether the program would load, and attaches it where it was needed before. */
void opened_before_prepare(const struct start *start, struct ct_state *state);
/* A member's; 0, or -EUCLEAN when it is needed and cannot be attached. */
int opened_before_guard(pid_t pid);

#endif
