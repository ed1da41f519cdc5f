/*
 * canary.h - a process with a secret, and attackers on it; each ends within a time limit.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * ATTACK_DETOUR's path hides the target from backends that check arguments. ATTACK_MAPS only asks to read, which some
 * kernels allow on a second check (bpf/access/perfmon_retry.inc.h).
 */
enum attack { ATTACK_READV, ATTACK_OPEN, ATTACK_DETOUR, ATTACK_MAPS, ATTACKS };

enum outcome {
	OUTCOME_LEAKED,
	OUTCOME_REFUSED, /* EPERM or EACCES */
	OUTCOME_KILLED,  /* and nothing was read */
	OUTCOME_OTHER,
};

struct canary {
	pid_t pid;
	int line; /* the canary ends when it closes */
	uint64_t secret;
};

int canary_start(struct canary *ret_canary);
void canary_stop(struct canary *canary);

/* error: the errno of OUTCOME_OTHER. */
enum outcome canary_attack(const struct canary *canary, enum attack attack, int *ret_error);
