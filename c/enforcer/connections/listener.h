/*
 * listener.h - creates and replaces the listening socket without a gap.
 */
#pragma once

/*
 * Makes the socket's directory. Call it before anything is pinned, because pins would outlive an agent without a
 * socket. -errno, and *ret_why as in listener_open.
 */
int listener_prepare(const char *path, const char **ret_why);

/* Returns the listening descriptor. Connections of the previous socket stay open. -errno, and *ret_why says why. */
int listener_open(const char *path, const char **ret_why);

/* Removes the socket, unless another process has replaced it. */
void listener_remove(void);
