/*
 * opened_before.h - files of /proc/PID that other processes opened before PID was protected. A program can refuse
 * reading them, but runs at every read on the node. So it is attached when a process registers that may have such
 * files: an open was seen, or the process is older than the tracking.
 */
#pragma once

#include "bpf/state.h"
#include "enforcer/start/backends.h"

/* Creates the map's overflow marker. Call it before programs load. */
int opened_before_init(void);
/* With the backends up: test-loads the program, and attaches it if it was attached before. */
void opened_before_prepare(const struct start *start, struct ct_state *state);
/* Attaches the program if the protected process needs it. -EUCLEAN: it cannot be attached. */
int opened_before_guard(pid_t pid);
