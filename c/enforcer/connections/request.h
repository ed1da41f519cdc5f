/*
 * request.h - reads one request line. An incomplete line stays in the kernel's buffer, at the peer's expense.
 */
#pragma once

#include "connections.h"

#define MAX_REQUEST 4096u /* LF included */

/* Length without LF, may be 0. -EAGAIN: incomplete. Other errors: close the connection. */
ssize_t request_read(struct connection *connection, char line[MAX_REQUEST], int64_t now);
