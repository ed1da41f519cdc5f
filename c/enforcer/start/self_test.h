/*
 * self_test.h - proves that a backend blocks attacks. Programs may attach and never run, for example without "bpf" in
 * lsm=. The attacker keeps CAP_PERFMON, and so detects a missing perfmon_retry.inc.h.
 */
#pragma once

#include "enforcer/programs/config.h"

enum verdict {
	VERDICT_PASSED,
	VERDICT_FAILED,
	VERDICT_ELSEWHERE, /* refused by another attached generation */
};

/* config: of the generation under test. */
enum verdict selftest_run(unsigned int backend, const struct ct_config *config, char ret_reason[ENFORCE_TEXT]);

/* The process tree was a canary's, whose events are not reported. */
bool selftest_is_canary(uint32_t tree);
