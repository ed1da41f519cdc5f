/*
 * serve.h - the enforcer at work: agent, peers and events, until the agent goes or a signal says so.
 */
#ifndef CT_SERVE_H
#define CT_SERVE_H

/* Serves the peers of a listening socket. NULL: a clean end; else why it cannot go on. */
const char *serve(int agent, int listener);

#endif
