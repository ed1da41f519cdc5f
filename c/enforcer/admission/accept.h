/*
 * accept.h - who is let in: the kernel must know the process, and nobody gets more than a share.
 */
#ifndef CT_ACCEPT_H
#define CT_ACCEPT_H

#include "connections.h"

/*
 * Accepts some of those that wait, tells the agent of each, and watches them with `poller`, edge by edge.
 * Who has to make room is handed to `end`. 0. -EMFILE: out of descriptors, listen again later.
 */
int accept_connections(int listener, int poller, int64_t now, void (*end)(struct connection *connection));

#endif
