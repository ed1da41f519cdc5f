/*
 * socket_directory.h - where the socket's directory is, for the lock to guard it (../bpf/socket_guard.inc.h).
 */
#ifndef CT_SOCKET_DIRECTORY_H
#define CT_SOCKET_DIRECTORY_H

#include "enforcer/programs/config.h"

/* 0; -errno, -ENAMETOOLONG when it is in too many others. */
int socket_directory_find(const char *socket, struct ct_config *config);

#endif
