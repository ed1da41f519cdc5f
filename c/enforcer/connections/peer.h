/*
 * peer.h - the process at the other end of a Unix socket, as the kernel identifies it.
 */
#pragma once

#include <sys/types.h>

struct peer {
	pid_t pid;   /* of the process that called connect(2), in this PID namespace */
	pid_t nspid; /* in its own PID namespace */
	uid_t uid;
	int pidfd;   /* refers to that process even when its pid is reused; the owner closes it */
};

/* The peer's pid, from the socket alone. -ESRCH: it has no pid in this PID namespace. */
pid_t peer_pid(int socket);

/* 0. -ESRCH: the process has ended or has no pid in this PID namespace. -EIO: /proc is unusable. */
int peer_identify(int socket, struct peer *ret_peer);

/* NULL when this process and /proc are in the initial PID namespace; else the problem. */
const char *peer_trouble(void);
