/*
 * socket_directory.h - identifies the socket's directory and its parents for the lock (bpf/lock/socket_guard.inc.h).
 */
#pragma once

#include "enforcer/programs/config.h"

/* 0 or -errno. -ENAMETOOLONG: too deep. */
int socket_directory_find(const char *socket, struct ct_config *config);
