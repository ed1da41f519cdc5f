/*
 * sharing_child.h - a short-lived child that shares our memory (CLONE_VM, clone(2)). The calling thread is suspended
 * until it ends, because both use the thread's errno. Not for the main thread: another process of our user may stop
 * the child. Then the next call with the same struct kills it and answers -ETIMEDOUT, so that at most one thread is
 * suspended.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ct_sharing_child {
	pthread_mutex_t turn;
	_Atomic pid_t pid; /* of the child that runs; 0: none */
};

#define CT_NO_CHILD { PTHREAD_MUTEX_INITIALIZER, 0 }

/* 0: the caller owns the data of this child until ct_end_turn. -ETIMEDOUT: an earlier child has not ended. */
int ct_begin_turn(struct ct_sharing_child *child);
void ct_end_turn(struct ct_sharing_child *child);

/* 0, and the status of waitpid(2), or -errno. Only the signals of `unblocked` (CT_BIT) are unblocked in the child. */
int ct_run_sharing(struct ct_sharing_child *child, int (*run)(void *), uint64_t unblocked, char *stack, size_t size,
		   int *ret_status);

/* Like _exit(2), whose declaration makes AddressSanitizer search for the end of a stack that it does not know. */
void ct_exit_child(int status);

/* The bit of a signal in a mask. */
#define CT_BIT(signo) (1ull << ((signo) - 1))
