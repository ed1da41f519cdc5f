/*
 * self_test.c - see self_test.h. As a control, all attacks must succeed before the canary is protected; else something
 * else refuses them.
 */
#include "self_test.h"

#include "canary.h"
#include "enforcer/processes/maps.h"
#include "enforcer/processes/processes.h"
#include "enforcer/programs/diagnostics.h"

#include <string.h>

#define MAX_CANARIES 32

static uint32_t trees[MAX_CANARIES];
static unsigned int canaries;

static const char *const attack_names[ATTACKS] = { "process_vm_readv", "/proc/PID/mem", "/proc/self/../PID/mem", "/proc/PID/maps" };

bool selftest_is_canary(uint32_t tree)
{
	for (unsigned int i = 0; i < canaries; i++)
		if (trees[i] == tree)
			return true;
	return false;
}

static const char *describe_outcome(enum outcome outcome, int error)
{
	switch (outcome) {
	case OUTCOME_LEAKED:
		return "read the secret";
	case OUTCOME_REFUSED:
		return "was refused";
	case OUTCOME_KILLED:
		return "was killed";
	default:
		return error != 0 ? strerror(error) : "gave no result";
	}
}

static bool run_control(const struct canary *canary, char ret_reason[ENFORCE_TEXT])
{
	for (int attack = 0; attack < ATTACKS; attack++) {
		int error;
		enum outcome outcome = canary_attack(canary, (enum attack)attack, &error);

		if (outcome == OUTCOME_LEAKED)
			continue;
		diagnostics_set(ret_reason,
			  "cannot be tested: reading an unprotected process by %s %s; another mechanism refuses it, or "
				"CAP_SYS_PTRACE is missing",
				attack_names[attack], describe_outcome(outcome, error));
		return false;
	}
	return true;
}

static uint64_t count_hits(unsigned int backend, unsigned int slot, enum attack attack)
{
	static const unsigned int vectors[ATTACKS] = { CT_V_process_vm_readv, CT_V_proc_mem, CT_V_proc_mem, CT_V_proc_maps };

	/* without procfs.bpf.c the access hook derives the same vector from the path walk */
	return maps_count(slot, backend, vectors[attack]);
}

/* Kprobe override does not see the detour; beside it, reactive kill sees only what gets through. */
static bool applies_to(unsigned int backend, bool beside_kprobe, int attack)
{
	if (attack == ATTACK_DETOUR)
		return backend != CT_BACKEND_KPROBE;
	if (attack == ATTACK_MAPS)
		return backend <= CT_BACKEND_FMOD;
	return backend != CT_BACKEND_REACTIVE || !beside_kprobe;
}

static enum verdict run_attacks(const struct canary *canary, unsigned int backend, const struct ct_config *config,
				char ret_reason[ENFORCE_TEXT])
{
	unsigned int slot = config->slot;
	enum outcome wanted = backend == CT_BACKEND_REACTIVE ? OUTCOME_KILLED : OUTCOME_REFUSED;

	if (config->detect)
		wanted = OUTCOME_LEAKED;
	for (int attack = 0; attack < ATTACKS; attack++) {
		uint64_t before = count_hits(backend, slot, (enum attack)attack);
		uint64_t others = count_hits(backend, !slot, (enum attack)attack);
		int error;
		enum outcome outcome;

		if (!applies_to(backend, config->synchronous, attack))
			continue;
		outcome = canary_attack(canary, (enum attack)attack, &error);
		if (outcome == wanted && count_hits(backend, slot, (enum attack)attack) > before)
			continue;
		diagnostics_set(ret_reason, "failed its self-test: %s on a protected process %s%s", attack_names[attack],
				describe_outcome(outcome, error), outcome == wanted ? ", but not by this backend" : "");
		return count_hits(backend, !slot, (enum attack)attack) > others ? VERDICT_ELSEWHERE : VERDICT_FAILED;
	}
	ret_reason[0] = '\0';
	return VERDICT_PASSED;
}

enum verdict selftest_run(unsigned int backend, const struct ct_config *config, char ret_reason[ENFORCE_TEXT])
{
	enum verdict verdict = VERDICT_FAILED;
	struct canary canary;
	uint32_t tree = 0;
	int result = canary_start(&canary);

	if (result < 0) {
		diagnostics_set(ret_reason, "cannot be tested: cannot start the canary (%s)", strerror(-result));
		return VERDICT_FAILED;
	}
	if (run_control(&canary, ret_reason)) {
		result = processes_add(canary.pid, &tree);
		if (result < 0) {
			diagnostics_set(ret_reason, "cannot be tested: cannot protect the canary (%s)", strerror(-result));
		} else {
			trees[canaries++ % MAX_CANARIES] = tree;
			canaries = canaries > MAX_CANARIES ? MAX_CANARIES : canaries;
			verdict = run_attacks(&canary, backend, config, ret_reason);
		}
	}
	processes_remove(canary.pid);
	canary_stop(&canary);
	return verdict;
}
