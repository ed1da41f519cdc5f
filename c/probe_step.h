/*
 * probe_step.h - runs one step of the attack that probe.c has drawn.
 */
#pragma once

#include "ct.h"

#include <sys/types.h>

/* Sets the process name, attacks, and records the end. Runs in the attacker. */
void ct_try_step(struct ct_probe_step *step, pid_t victim);
