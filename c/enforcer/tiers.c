/*
 * tiers.c - see tiers.h. Auto: the first synchronous tier that passes, and no other beside it. Every tier costs
 * each system call or hook something, and a second one refuses nothing more. Kprobe override is the exception:
 * it misses what goes by link or another mount of procfs, which the reactive tier sees once it is open.
 */
#include "tiers.h"

#include "inspect.h"
#include "kernel.h"
#include "links.h"
#include "load.h"
#include "maps.h"
#include "pins.h"
#include "selftest.h"
#include "words.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define MOST_ATTEMPTS 50

static int load_and_attach(struct start *start, const struct object *object, char ret_reason[ENFORCE_TEXT])
{
	struct bpf_object *loaded;
	int result = load_object(object, &start->config, start->report, &loaded, ret_reason);

	if (result < 0)
		return result;
	result = links_attach(loaded, object->tier, start->generation, start->report);
	if (result < 0)
		words_set(ret_reason, "programs of \"%s\" do not attach: %s", object->name, strerror(-result));
	bpf_object__close(loaded); /* links and pins keep the programs */
	return result < 0 ? result : 0;
}

int tiers_track(struct start *start)
{
	struct enforce_report *report = start->report;
	struct bpf_object *loaded;
	int result = load_object(&objects[0], &start->config, report, &loaded, report->reason);

	if (result == -EPERM)
		words_set(report->remedy, "run it as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE; "
			  "or the node is sealed by --lock=on: check after a reboot");
	else
		words_set(report->remedy, "Linux 5.15 or newer with CONFIG_DEBUG_INFO_BTF is needed");
	if (result < 0)
		return result;
	result = links_attach(loaded, CT_TIERS, start->generation, report);
	if (result < 0)
		words_set(report->reason, "family tracking does not attach: %s", strerror(-result));
	bpf_object__close(loaded);
	return result < 0 ? result : 0;
}

/*
 * The old generation may be asked first, so that the new one can be seen only without it. The kernel takes a
 * program off its hook some time after its last pin is gone.
 */
static enum verdict prove(struct start *start, unsigned int tier)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	char *reason = start->report->tiers[tier].reason;
	enum verdict verdict = selftest_run(tier, &start->config, reason);

	if (verdict != VERDICT_ELSEWHERE || start->old == 0)
		return verdict;
	(void)pins_remove_others(start->generation);
	for (int attempt = 0; attempt < MOST_ATTEMPTS && verdict == VERDICT_ELSEWHERE; attempt++) {
		(void)nanosleep(&pause, NULL);
		verdict = selftest_run(tier, &start->config, reason);
	}
	return verdict;
}

/* The tier's first object is what makes it; without another it does less, which is a note. */
static int bring_up(struct start *start, uint8_t tier)
{
	struct enforce_tier *told = &start->report->tiers[tier];
	char reason[ENFORCE_TEXT];
	bool first = true;

	for (int i = 0; i < OBJECTS; i++) {
		if (objects[i].tier != tier || objects[i].when == WITH_LOCK)
			continue;
		if (objects[i].when == WHEN_NEEDED && !start->config.lock)
			continue;
		if (load_and_attach(start, &objects[i], reason) < 0) {
			if (first) {
				words_set(told->reason, "%s", reason);
				return -1;
			}
			words_note(start->report, "%s", reason);
		}
		first = false;
	}
	return 0;
}

static bool try_tier(struct start *start, uint8_t tier)
{
	struct enforce_tier *told = &start->report->tiers[tier];

	told->state = ENFORCE_ABSENT;
	if (kernel_lacks(tier, told->reason))
		return false;
	told->state = ENFORCE_FAILED;
	if (bring_up(start, tier) == 0 && prove(start, tier) == VERDICT_PASSED) {
		told->state = ENFORCE_PASSED;
		return true;
	}
	links_detach(tier);
	return false;
}

static void not_needed(struct start *start, unsigned int tier, unsigned int because)
{
	start->report->tiers[tier].state = ENFORCE_NOT_NEEDED;
	words_set(start->report->tiers[tier].reason, "%s passed: this tier refuses nothing more, and costs",
		  enforce_tier_name(because));
}

static unsigned int bring_up_first(struct start *start)
{
	uint8_t tier;

	for (tier = CT_TIER_LSM; tier <= CT_TIER_KPROBE; tier++)
		if (try_tier(start, tier))
			break;
	for (uint8_t rest = (uint8_t)(tier + 1); rest <= CT_TIER_KPROBE; rest++)
		not_needed(start, rest, tier);
	if (tier < CT_TIER_KPROBE) {
		not_needed(start, CT_TIER_REACTIVE, tier);
		return 1;
	}
	start->config.synchronous = tier == CT_TIER_KPROBE;
	return (tier == CT_TIER_KPROBE ? 1u : 0u) + (try_tier(start, CT_TIER_REACTIVE) ? 1u : 0u);
}

unsigned int tiers_bring_up(struct start *start)
{
	unsigned int passed = 0;

	if (start->options->tiers == 0)
		return bring_up_first(start);
	for (uint8_t tier = 0; tier < CT_TIERS; tier++) {
		start->report->tiers[tier].state = ENFORCE_OFF;
		if ((start->options->tiers & 1u << tier) == 0)
			words_set(start->report->tiers[tier].reason, "not asked for");
		else if (try_tier(start, tier))
			passed++;
		start->config.synchronous = start->report->tiers[CT_TIER_KPROBE].state == ENFORCE_PASSED;
	}
	return passed;
}

unsigned int tiers_prove(struct start *start)
{
	unsigned int passed = 0;

	for (uint8_t tier = 0; tier < CT_TIERS; tier++) {
		struct enforce_tier *told = &start->report->tiers[tier];

		if (!links_has(tier))
			continue;
		told->state = prove(start, tier) == VERDICT_PASSED ? ENFORCE_PASSED : ENFORCE_FAILED;
		start->config.synchronous = start->report->tiers[CT_TIER_KPROBE].state == ENFORCE_PASSED;
		passed += told->state == ENFORCE_PASSED;
	}
	return passed;
}

static const struct object *lock_object(const struct enforce_report *report)
{
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].when == WITH_LOCK && report->tiers[objects[i].tier].state == ENFORCE_PASSED)
			return &objects[i];
	return NULL;
}

int tiers_lock(struct start *start, int (*before_attaching)(struct start *start))
{
	struct enforce_report *report = start->report;
	const struct object *object = lock_object(report);
	struct bpf_object *loaded;
	int result;

	words_set(report->remedy, "start without --lock=on, or on a kernel with BPF LSM or fmod_ret");
	if (object == NULL) {
		words_set(report->reason, "the lock needs the tier bpf lsm or fmod_ret, and neither passed");
		return -ENOTSUP;
	}
	if (kernel_skips(object->tier)) {
		words_set(report->reason, "%s cannot keep the lock here: the kernel interrupts itself (preempt=%s), and "
			  "whoever comes while a program is interrupted is let through", enforce_tier_name(object->tier),
			  kernel_preempts());
		words_set(report->remedy, "boot with preempt=voluntary, or with bpf in lsm= on Linux 6.2 or newer");
		return -ENOTSUP;
	}
	result = load_object(object, &start->config, report, &loaded, report->reason);
	if (result < 0)
		return result;
	inspect_open(&start->config, report); /* nothing loads once the lock is on */
	result = before_attaching(start);
	if (result == 0)
		result = links_attach(loaded, object->tier, start->generation, report);
	if (result < 0)
		words_set(report->reason, "the lock does not attach: %s", strerror(-result));
	bpf_object__close(loaded);
	return result < 0 ? result : 0;
}
