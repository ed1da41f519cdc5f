/*
 * request.h - reads one request line. An incomplete line stays in the kernel's buffer, at the peer's expense.
 */
#ifndef CT_REQUEST_H
#define CT_REQUEST_H

#include "connections.h"

#define MAX_REQUEST 4096u /* LF included */

/* Length without LF, may be 0. -EAGAIN: incomplete. Other errors: close the connection. */
ssize_t request_read(struct connection *connection, char line[MAX_REQUEST], int64_t now);

#endif
