/*
 * accept.h - accepts connections of processes that the kernel can identify, up to a limit per process.
 */
#pragma once

#include "connections.h"

/*
 * Accepts some waiting connections, reports each to the agent and adds it to `poller`, edge-triggered. Calls `end` for
 * one that must make room. 0. -EMFILE: no descriptors left, listen again later.
 */
int accept_connections(int listener, int poller, int64_t now, void (*end)(struct connection *connection));
