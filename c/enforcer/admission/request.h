/*
 * request.h - takes one request line from a connection. Half a line stays in the kernel's buffer, which
 * the peer pays for: here nothing is kept of it.
 */
#ifndef CT_REQUEST_H
#define CT_REQUEST_H

#include "connections.h"

#define MAX_REQUEST 4096u /* LF included */

/* Bytes of the line without LF (it may be empty). -EAGAIN: not yet. Else the connection is of no use. */
ssize_t request_read(struct connection *connection, char line[MAX_REQUEST], int64_t now);

#endif
