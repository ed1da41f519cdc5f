/*
 * fake_enforce.h - the enforcing half as tests of the gate need it: it protects every process that it gets, and its
 * events are those that a test writes to a pipe.
 */
#ifndef FAKE_ENFORCE_H
#define FAKE_ENFORCE_H

#include "enforcer/enforce.h"

/* What enforce_protect answers from now on: 0 or -errno. */
void fake_protect_answers(int result);

/* Makes the pipe; before a fork, so that both sides have it. */
void fake_events_open(void);
void fake_event(const struct ct_event *event);
/* False: the pipe is full for now. */
bool fake_event_fits(const struct ct_event *event);

#endif
