/*
 * canary.h - a process with a secret, and processes that attack it; each ends in limited time.
 */
#ifndef CT_CANARY_H
#define CT_CANARY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The third goes by a path that says too little for a backend that judges arguments. The last only wants to read,
 * where the others want all: of some kernels it gets a second chance (../bpf/perfmon_retry.h).
 */
enum attack { ATTACK_READV, ATTACK_OPEN, ATTACK_DETOUR, ATTACK_MAPS, ATTACKS };

enum outcome {
	OUTCOME_LEAKED,
	OUTCOME_REFUSED, /* EPERM or EACCES */
	OUTCOME_KILLED,  /* and nothing was handed out */
	OUTCOME_OTHER,
};

struct canary {
	pid_t pid;
	int line; /* its end is the canary's */
	uint64_t secret;
};

int canary_start(struct canary *ret_canary);
void canary_stop(struct canary *canary);

/* What came of it; error: the errno of OUTCOME_OTHER. */
enum outcome canary_attack(const struct canary *canary, enum attack attack, int *ret_error);

#endif
