/*
 * attacker.h - short-lived children that attack a process (attacker.c), for proof.c and probe.c.
 */
#pragma once

#include "internal.h"

#include <sys/types.h>

#define CT_MOST_ANSWERS 3

/* Input of an attacker. */
struct ct_attack {
	pid_t victim;
	uint64_t flags;         /* of clone(2) */
	struct ct_probe *probe; /* probe.c's record, shared with the child */
	uint32_t ways;
	/* Runs in the child. Not 0: it exits without an answer. */
	int (*run)(const struct ct_attack *attack, int32_t *ret_answer);
};

/* As fork(2), without an exit signal: only waitpid with __WCLONE sees the child. flags: of clone(2). */
pid_t ct_bare_fork(uint64_t flags);

/* Opens /proc/<pid><file> without stdio, which a child of a threaded process must not use. The descriptor, or -1 and errno. */
int ct_open_proc(pid_t pid, const char *file);

/* Like ct_bare_fork. In the child *ret_has_no_arenas is false if it inherited arenas; they are unmapped there. */
pid_t ct_fork_without_arenas(uint64_t flags, bool *ret_has_no_arenas);

/* Waits for the end of such a child. The signal that ended it, or 0. */
int ct_await_end(pid_t pid);

/*
 * 0. Runs the attack in a child and returns its answer. *ret_signal is set instead if a signal killed it before
 * it answered. -ENOTUNIQ: it inherited our arenas and did nothing. -ETIMEDOUT. -EIO: the attack failed to run.
 */
int ct_run_attack(const struct ct_attack *attack, int32_t timeout_ms, int32_t *ret_answer, int32_t *ret_signal);
