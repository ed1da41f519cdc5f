/*
 * peer.h - who is at the other end of a Unix socket, as the kernel says, and never as the peer does.
 */
#ifndef CT_PEER_H
#define CT_PEER_H

#include <sys/types.h>

struct peer {
	pid_t pid;   /* of the process that called connect(2), in our PID namespace */
	pid_t nspid; /* in its own */
	uid_t uid;
	int pidfd;   /* that very process, whatever happens to its number; the owner closes it */
};

/* The peer's pid by its socket alone, cheap: > 0, or -ESRCH when our PID namespace has no number for it. */
pid_t peer_pid(int socket);

/* 0. -ESRCH: the process has ended, or our PID namespace has no number for it. -EIO: /proc is of no use. */
int peer_identify(int socket, struct peer *ret_peer);

/* 0 when this process is in the initial PID namespace and /proc shows that one; else what is wrong. */
const char *peer_trouble(void);

#endif
