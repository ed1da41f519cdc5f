/*
 * serve.h - the main loop over agent, peers and events, until the agent ends or a signal arrives.
 */
#ifndef CT_SERVE_H
#define CT_SERVE_H

/* Serves a listening socket. NULL: a normal end; else the reason of a failure. */
const char *serve(int agent, int listener);

#endif
