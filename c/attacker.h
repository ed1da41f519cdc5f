/*
 * attacker.h - the border between attacker.c, which makes throw-away children, and proof.c and probe.c,
 * which say what they attack.
 */
#ifndef CT_ATTACKER_H
#define CT_ATTACKER_H

#include "internal.h"

#include <sys/types.h>

#define CT_MOST_ANSWERS 3

/* What an attacker is told, and what it does. */
struct ct_attack {
	pid_t victim;
	uint64_t flags;         /* of clone(2) */
	struct ct_probe *probe; /* probe.c's record, shared with the child */
	uint32_t ways;
	/* 0, or what makes it end without an answer. Runs in the child. */
	int (*run)(const struct ct_attack *attack, int32_t *ret_answer);
};

/* As fork(2), without an exit signal: only waitpid with __WCLONE sees the child. flags: of clone(2). */
pid_t ct_bare_fork(uint64_t flags);

/* Opens /proc/<pid><file> without stdio, which is not for a child of a threaded process. The descriptor, or -1 and errno. */
int ct_open_proc(pid_t pid, const char *file);

/* The same, and *ret_has_no_arenas says in the child whether it has none of our arenas (any more: they are taken away). */
pid_t ct_fork_without_arenas(uint64_t flags, bool *ret_has_no_arenas);

/* Waits for the end of such a child, and says by which signal it ended, or 0. */
int ct_await_end(pid_t pid);

/*
 * 0 and the answer. *ret_signal: what killed the attacker before it could answer, then there is none.
 * -ENOTUNIQ: it had our arenas and did nothing. -ETIMEDOUT; -EIO: it failed to carry out the attack.
 */
int ct_run_attack(const struct ct_attack *attack, int32_t timeout_ms, int32_t *ret_answer, int32_t *ret_signal);

#endif
