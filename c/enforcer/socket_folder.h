/*
 * socket_folder.h - where the socket's directory is, for the lock to guard it (../bpf/socketguard.h).
 */
#ifndef CT_SOCKET_FOLDER_H
#define CT_SOCKET_FOLDER_H

#include "config.h"

/* 0; -errno, -ENAMETOOLONG when it is in too many others. */
int socket_folder_find(const char *socket, struct ct_config *config);

#endif
