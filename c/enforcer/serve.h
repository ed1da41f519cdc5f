/*
 * serve.h - the main loop over agent, peers and events, until the agent ends or a signal arrives.
 */
#pragma once

/* Serves a listening socket. NULL: a normal end; else the reason of a failure. */
const char *serve(int agent, int listener);
