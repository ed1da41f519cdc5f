/*
 * selftest.c - see selftest.h. The control comes first: the attacks must succeed before the canary is
 * protected, or what refuses them is not us.
 */
#include "selftest.h"

#include "canary.h"
#include "maps.h"
#include "members.h"
#include "words.h"

#include <string.h>

#define MOST_CANARIES 32

static uint32_t families[MOST_CANARIES];
static unsigned int canaries;

static const char *const what[ATTACKS] = { "process_vm_readv", "/proc/PID/mem", "/proc/self/../PID/mem", "/proc/PID/maps" };

bool selftest_is_canary(uint32_t family)
{
	for (unsigned int i = 0; i < canaries; i++)
		if (families[i] == family)
			return true;
	return false;
}

static const char *say(enum outcome outcome, int error)
{
	switch (outcome) {
	case OUTCOME_LEAKED:
		return "read the secret";
	case OUTCOME_REFUSED:
		return "was refused";
	case OUTCOME_KILLED:
		return "was killed";
	default:
		return error != 0 ? strerror(error) : "gave no answer";
	}
}

static bool control(const struct canary *canary, char ret_reason[ENFORCE_TEXT])
{
	for (int attack = 0; attack < ATTACKS; attack++) {
		int error;
		enum outcome outcome = canary_attack(canary, (enum attack)attack, &error);

		if (outcome == OUTCOME_LEAKED)
			continue;
		words_set(ret_reason,
			  "cannot be tested: reading an unprotected process by %s %s. Something else refuses it, or "
			  "CAP_SYS_PTRACE is missing",
			  what[attack], say(outcome, error));
		return false;
	}
	return true;
}

static uint64_t hits_of(unsigned int tier, unsigned int slot, enum attack attack)
{
	static const unsigned int vectors[ATTACKS] = { CT_V_process_vm_readv, CT_V_proc_mem, CT_V_proc_mem, CT_V_proc_maps };

	/* without procfs.bpf.c the access hook names what it sees by the path walk: the same */
	return maps_count(slot, tier, vectors[attack]);
}

/* Kprobe override does not see a detour; what else it refuses, the reactive tier beside it never gets to see. */
static bool is_of(unsigned int tier, bool beside_kprobe, int attack)
{
	if (attack == ATTACK_DETOUR)
		return tier != CT_TIER_KPROBE;
	if (attack == ATTACK_MAPS)
		return tier <= CT_TIER_FMOD;
	return tier != CT_TIER_REACTIVE || !beside_kprobe;
}

static enum verdict trial(const struct canary *canary, unsigned int tier, const struct ct_config *config,
			  char ret_reason[ENFORCE_TEXT])
{
	unsigned int slot = config->slot;
	enum outcome wanted = tier == CT_TIER_REACTIVE ? OUTCOME_KILLED : OUTCOME_REFUSED;

	if (config->detect)
		wanted = OUTCOME_LEAKED;
	for (int attack = 0; attack < ATTACKS; attack++) {
		uint64_t before = hits_of(tier, slot, (enum attack)attack);
		uint64_t others = hits_of(tier, !slot, (enum attack)attack);
		int error;
		enum outcome outcome;

		if (!is_of(tier, config->synchronous, attack))
			continue;
		outcome = canary_attack(canary, (enum attack)attack, &error);
		if (outcome == wanted && hits_of(tier, slot, (enum attack)attack) > before)
			continue;
		words_set(ret_reason, "failed its self-test: %s on a protected process %s%s", what[attack],
			  say(outcome, error), outcome == wanted ? ", but not by this tier" : "");
		return hits_of(tier, !slot, (enum attack)attack) > others ? VERDICT_ELSEWHERE : VERDICT_FAILED;
	}
	ret_reason[0] = '\0';
	return VERDICT_PASSED;
}

enum verdict selftest_run(unsigned int tier, const struct ct_config *config, char ret_reason[ENFORCE_TEXT])
{
	enum verdict verdict = VERDICT_FAILED;
	struct canary canary;
	uint32_t family = 0;
	int result = canary_start(&canary);

	if (result < 0) {
		words_set(ret_reason, "cannot be tested: no canary (%s)", strerror(-result));
		return VERDICT_FAILED;
	}
	if (control(&canary, ret_reason)) {
		result = members_add(canary.pid, &family);
		if (result < 0) {
			words_set(ret_reason, "cannot be tested: no member (%s)", strerror(-result));
		} else {
			families[canaries++ % MOST_CANARIES] = family;
			canaries = canaries > MOST_CANARIES ? MOST_CANARIES : canaries;
			verdict = trial(&canary, tier, config, ret_reason);
		}
	}
	members_remove(canary.pid);
	canary_stop(&canary);
	return verdict;
}
