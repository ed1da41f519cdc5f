/*
 * backends.c - see backends.h. "auto" uses the first synchronous backend that passes, and no second one, which would
 * cost time and block nothing more. Exception: kprobe override misses links and other procfs mounts, which reactive
 * kill detects after the open.
 */
#include "backends.h"

#include "enforcer/arch.h"
#include "enforcer/processes/inspect.h"
#include "enforcer/processes/maps.h"
#include "enforcer/programs/diagnostics.h"
#include "enforcer/programs/kernel.h"
#include "enforcer/programs/links.h"
#include "enforcer/programs/load.h"
#include "enforcer/programs/pins.h"
#include "self_test.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define MAX_ATTEMPTS 50

static int load_and_attach(struct start *start, const struct object *object, char ret_reason[ENFORCE_TEXT])
{
	struct bpf_object *loaded;
	int result = load_object(object, &start->config, start->report, &loaded, ret_reason);

	if (result < 0)
		return result;
	result = links_attach(loaded, object->backend, start->generation, start->report);
	if (result < 0)
		diagnostics_set(ret_reason, "cannot attach \"%s\": %s%s%s", object->name, strerror(-result),
				result == -EPERM ? "; " : "", result == -EPERM ? load_remedy() : "");
	bpf_object__close(loaded); /* links and pins keep the programs */
	return result < 0 ? result : 0;
}

int backends_track(struct start *start)
{
	struct enforce_report *report = start->report;
	struct bpf_object *loaded;
	int result = load_object(&objects[0], &start->config, report, &loaded, report->reason);

	if (result >= 0) {
		result = links_attach(loaded, CT_BACKENDS, start->generation, report);
		if (result < 0)
			diagnostics_set(report->reason, "cannot attach process tracking: %s", strerror(-result));
		bpf_object__close(loaded);
	}
	if (result == -EPERM)
		diagnostics_set(report->remedy, "%s; if the node is locked by --lock=on, reboot first", load_remedy());
	else
		diagnostics_set(report->remedy, "use Linux " OLDEST_KERNEL " or newer with CONFIG_DEBUG_INFO_BTF");
	return result < 0 ? result : 0;
}

/*
 * While the old generation is attached it may answer first and hide the new one. The kernel detaches a program some
 * time after its last pin is removed.
 */
static enum verdict prove(struct start *start, unsigned int backend)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	char *reason = start->report->backends[backend].reason;
	enum verdict verdict = selftest_run(backend, &start->config, reason);

	if (verdict != VERDICT_ELSEWHERE || start->old == 0)
		return verdict;
	(void)pins_remove_others(start->generation);
	for (int attempt = 0; attempt < MAX_ATTEMPTS && verdict == VERDICT_ELSEWHERE; attempt++) {
		(void)nanosleep(&pause, NULL);
		verdict = selftest_run(backend, &start->config, reason);
	}
	return verdict;
}

/* The backend fails without its first object; a missing further one is a note. */
static int bring_up(struct start *start, uint8_t backend)
{
	struct enforce_backend *status = &start->report->backends[backend];
	char reason[ENFORCE_TEXT];
	bool first = true;

	for (int i = 0; i < OBJECTS; i++) {
		if (objects[i].backend != backend || objects[i].when == WITH_LOCK)
			continue;
		if (objects[i].when == WHEN_NEEDED && !start->config.lock)
			continue;
		if (load_and_attach(start, &objects[i], reason) < 0) {
			if (first) {
				diagnostics_set(status->reason, "%s", reason);
				return -1;
			}
			diagnostics_note(start->report, "%s", reason);
		}
		first = false;
	}
	return 0;
}

static bool try_backend(struct start *start, uint8_t backend)
{
	struct enforce_backend *status = &start->report->backends[backend];

	status->state = ENFORCE_ABSENT;
	if (kernel_lacks_backend(backend, status->reason))
		return false;
	status->state = ENFORCE_FAILED;
	if (bring_up(start, backend) == 0 && prove(start, backend) == VERDICT_PASSED) {
		status->state = ENFORCE_PASSED;
		return true;
	}
	links_detach(backend);
	return false;
}

static void not_needed(struct start *start, unsigned int backend, unsigned int because)
{
	start->report->backends[backend].state = ENFORCE_NOT_NEEDED;
	diagnostics_set(start->report->backends[backend].reason, "%s passed; this backend would only add cost",
			enforce_backend_name(because));
}

static unsigned int bring_up_first(struct start *start)
{
	uint8_t backend;

	for (backend = CT_BACKEND_LSM; backend <= CT_BACKEND_KPROBE; backend++)
		if (try_backend(start, backend))
			break;
	for (uint8_t rest = (uint8_t)(backend + 1); rest <= CT_BACKEND_KPROBE; rest++)
		not_needed(start, rest, backend);
	if (backend < CT_BACKEND_KPROBE) {
		not_needed(start, CT_BACKEND_REACTIVE, backend);
		return 1;
	}
	start->config.synchronous = backend == CT_BACKEND_KPROBE;
	return (backend == CT_BACKEND_KPROBE ? 1u : 0u) + (try_backend(start, CT_BACKEND_REACTIVE) ? 1u : 0u);
}

unsigned int backends_bring_up(struct start *start)
{
	unsigned int passed = 0;

	if (start->options->backends == 0)
		return bring_up_first(start);
	for (uint8_t backend = 0; backend < CT_BACKENDS; backend++) {
		start->report->backends[backend].state = ENFORCE_OFF;
		if ((start->options->backends & 1u << backend) == 0)
			diagnostics_set(start->report->backends[backend].reason, "not asked for");
		else if (try_backend(start, backend))
			passed++;
		start->config.synchronous = start->report->backends[CT_BACKEND_KPROBE].state == ENFORCE_PASSED;
	}
	return passed;
}

unsigned int backends_prove(struct start *start)
{
	unsigned int passed = 0;

	for (uint8_t backend = 0; backend < CT_BACKENDS; backend++) {
		struct enforce_backend *status = &start->report->backends[backend];

		if (!links_has(backend))
			continue;
		status->state = prove(start, backend) == VERDICT_PASSED ? ENFORCE_PASSED : ENFORCE_FAILED;
		start->config.synchronous = start->report->backends[CT_BACKEND_KPROBE].state == ENFORCE_PASSED;
		passed += status->state == ENFORCE_PASSED;
	}
	return passed;
}

static const struct object *lock_object(const struct enforce_report *report)
{
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].when == WITH_LOCK && report->backends[objects[i].backend].state == ENFORCE_PASSED)
			return &objects[i];
	return NULL;
}

int backends_lock(struct start *start, int (*before_attaching)(struct start *start))
{
	struct enforce_report *report = start->report;
	const struct object *object = lock_object(report);
	struct bpf_object *loaded;
	int result;

	diagnostics_set(report->remedy, "start without --lock=on, or on a kernel with BPF LSM or fmod_ret");
	if (object == NULL) {
		diagnostics_set(report->reason, "the lock needs bpf lsm or fmod_ret, and neither passed its self-test");
		return -ENOTSUP;
	}
	if (kernel_skips(object->backend)) {
		diagnostics_set(report->reason, "%s cannot enforce the lock: the kernel is preemptible (%s), and a "
				"preempted program lets other tasks through", enforce_backend_name(object->backend),
				kernel_preempts());
		diagnostics_set(report->remedy, "%s, or boot with bpf in lsm= on Linux 6.2 or newer",
				kernel_preemption_remedy());
		return -ENOTSUP;
	}
	result = load_object(object, &start->config, report, &loaded, report->reason);
	if (result < 0)
		return result;
	inspect_open(&start->config, report); /* the lock prevents loading */
	result = before_attaching(start);
	if (result == 0)
		result = links_attach(loaded, object->backend, start->generation, report);
	if (result < 0)
		diagnostics_set(report->reason, "cannot attach the lock: %s", strerror(-result));
	bpf_object__close(loaded);
	return result < 0 ? result : 0;
}
