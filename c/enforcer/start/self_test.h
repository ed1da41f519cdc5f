/*
 * self_test.h - does a backend do what it was attached for? Programs attach without an error and never fire where
 * "bpf" is not in the kernel's lsm= list; so nothing else counts. The attacker has our CAP_PERFMON, without which
 * no program loads: it finds out where ../bpf/perfmon_retry.h is needed and missing.
 */
#ifndef CT_SELF_TEST_H
#define CT_SELF_TEST_H

#include "enforcer/programs/config.h"

enum verdict {
	VERDICT_PASSED,
	VERDICT_FAILED,
	VERDICT_ELSEWHERE, /* refused, but by the generation that is attached besides */
};

/* config: of the generation under test. */
enum verdict selftest_run(unsigned int backend, const struct ct_config *config, char ret_reason[ENFORCE_TEXT]);

/* Whether a family was a canary's: its events are nobody's business. */
bool selftest_is_canary(uint32_t tree);

#endif
