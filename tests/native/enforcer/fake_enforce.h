/*
 * fake_enforce.h - replaces enforce.h without BPF: protects every process, and delivers the events that a test writes
 * to a pipe.
 */
#pragma once

#include "enforcer/enforce.h"

/* Sets the result of enforce_protect: 0 or -errno. */
void fake_protect_answers(int result);

/* Makes the pipe; before a fork, so that both sides have it. */
void fake_events_open(void);
void fake_event(const struct ct_event *event);
/* False: the pipe is full. */
bool fake_event_fits(const struct ct_event *event);
