/*
 * probe_step.h - the border of probe_step.c, which carries out what probe.c has drawn.
 */
#ifndef CT_PROBE_STEP_H
#define CT_PROBE_STEP_H

#include "ct.h"

#include <sys/types.h>

/* Takes the step's name as comm, tries its way, and writes the end down. Runs in the attacker. */
void ct_try_step(struct ct_probe_step *step, pid_t victim);

#endif
