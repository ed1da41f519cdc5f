/*
 * generation.c - see generation.h. An identical pinned generation is adopted. Otherwise new programs are attached
 * beside the old ones and proven, then the old ones are removed.
 */
#include "generation.h"

#include "enforcer/processes/inspect.h"
#include "enforcer/processes/maps.h"
#include "enforcer/processes/opened_before.h"
#include "enforcer/processes/processes.h"
#include "enforcer/programs/diagnostics.h"
#include "enforcer/programs/kernel.h"
#include "enforcer/programs/links.h"
#include "enforcer/programs/pins.h"
#include "saved_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "bpf lsm + reactive kill" */
static void finish_report(struct start *start)
{
	struct enforce_report *report = start->report;
	const struct enforce_options *options = start->options;
	size_t length = 0;
	uint32_t trees;

	report->mode[0] = '\0';
	for (unsigned int backend = 0; backend < CT_BACKENDS; backend++)
		if (report->backends[backend].state == ENFORCE_PASSED && kernel_skips(backend))
			diagnostics_note(report, "the kernel is preemptible (%s); vectors that %s cannot block reliably are not counted; %s",
					 kernel_preempts(), enforce_backend_name(backend), kernel_preemption_remedy());
	for (unsigned int backend = 0; backend < CT_BACKENDS; backend++)
		if (report->backends[backend].state == ENFORCE_PASSED)
			length += (size_t)snprintf(report->mode + length, sizeof(report->mode) - length, "%s%s",
						   length == 0 ? "" : " + ", enforce_backend_name(backend));
	report->enforcing = length > 0 && !options->detect;
	if (length > 0 && options->detect)
		(void)snprintf(report->mode, sizeof(report->mode), "detect only");
	report->pinned = pins_root() != NULL;
	processes_count(&report->processes, &trees);
	links_list(report);
}

static bool was_tried(const struct enforce_backend *backend)
{
	return backend->state != ENFORCE_OFF && backend->reason[0] != '\0';
}

/* The reasons of the backends that were tried. They share the room: each is cut to its part. */
static void explain_no_backend(const struct start *start)
{
	struct enforce_report *report = start->report;
	size_t length = (size_t)snprintf(report->reason, ENFORCE_TEXT, "no backend works on this kernel");
	size_t tried = 0, part;

	for (unsigned int backend = 0; backend < CT_BACKENDS; backend++)
		tried += was_tried(&report->backends[backend]);
	part = (ENFORCE_TEXT - length - 1) / (tried == 0 ? 1 : tried);
	for (unsigned int backend = 0; backend < CT_BACKENDS; backend++) {
		char text[ENFORCE_TEXT + 64];
		size_t needed;

		if (!was_tried(&report->backends[backend]))
			continue;
		needed = (size_t)snprintf(text, sizeof(text), "; %s: %s", enforce_backend_name(backend),
					  report->backends[backend].reason);
		if (needed > part)
			memcpy(text + part - 3, "...", sizeof("..."));
		length += (size_t)snprintf(report->reason + length, ENFORCE_TEXT - length, "%s", text);
	}
	diagnostics_set(report->remedy, "%suse a kernel with BPF LSM, fmod_ret, kprobe override or at least tracepoints",
			start->options->backends == 0 ? "" : "start without --backends, or ");
}

/* Makes this generation the one in force, and removes the older one. */
static int commit(struct start *start)
{
	struct ct_state state;
	int result = maps_read_state(&state);

	if (result < 0)
		return result;
	state.generation = start->generation;
	opened_before_prepare(start, &state);
	state.slot = start->config.slot;
	result = maps_write_state(&state);
	if (result < 0)
		return result;
	if (pins_root() != NULL)
		result = pins_remove_others(start->generation);
	start->report->lock = start->config.lock;
	start->report->exec_allow = start->config.exec_allow;
	finish_report(start);
	return result < 0 ? result : saved_write(start->report);
}

static bool is_to_be_irrevocable(const struct start *start)
{
	return start->config.lock && !start->config.detect && pins_root() != NULL;
}

/* Last, so that after an earlier crash the next start can complete the lock. */
static int make_irrevocable(struct start *start)
{
	struct ct_state state;
	int result = maps_read_state(&state);

	if (result < 0 || !is_to_be_irrevocable(start))
		return result;
	state.irrevocable = 1;
	result = maps_write_state(&state);
	start->report->irrevocable = result == 0;
	return result;
}

static int load_generation(struct start *start)
{
	struct enforce_report *report = start->report;
	int result = 0;

	if (pins_root() != NULL) {
		(void)pins_remove_generation(start->generation); /* left by an interrupted start */
		result = pins_make_generation(start->generation);
	}
	if (result < 0)
		return diagnostics_fail(report, result, strerror(-result), "check that the bpffs is writable");
	result = backends_track(start);
	if (result < 0)
		return result;
	if (backends_bring_up(start) == 0) {
		explain_no_backend(start);
		return -ENOTSUP;
	}
	if (start->config.lock) {
		result = backends_lock(start, commit);
		if (result == 0)
			result = make_irrevocable(start);
	} else {
		inspect_open(&start->config, report);
		result = commit(start);
	}
	finish_report(start);
	return result;
}

static int no_step(struct start *start)
{
	(void)start;
	return 0;
}

/* After an interrupted start: removes older programs, completes the lock. */
static void complete_interrupted_start(struct start *start, const struct ct_state *state)
{
	if (state->irrevocable)
		return;
	(void)pins_remove_others(start->generation);
	if (!is_to_be_irrevocable(start))
		return;
	if ((!links_has_program(CT_BACKEND_LSM, "bpf") && !links_has_program(CT_BACKEND_FMOD, "bpf") &&
	     backends_lock(start, no_step) < 0) ||
	    make_irrevocable(start) < 0)
		diagnostics_note(start->report, "cannot complete an interrupted lock: %.200s", start->report->reason);
}

/* Adopts pinned programs that are identical to ours, or irrevocable. */
static int adopt(struct start *start, struct ct_state *state)
{
	struct enforce_report *report = start->report;

	start->config.slot = state->slot;
	if (state->irrevocable)
		kernel_assume_irrevocable_lock();
	if (links_adopt(state->generation) <= 0 || saved_read(report) < 0)
		return -ENOENT;
	if (state->irrevocable && state->generation != start->generation) /* after saved_read, which replaces all notes */
		diagnostics_note(report, "lock irrevocable until reboot: the earlier agent's programs and options stay in force");
	if (backends_prove(start) == 0 && !state->irrevocable) {
		links_leave();
		return -ENOENT;
	}
	opened_before_prepare(start, state);
	report->adopted = true;
	report->irrevocable = state->irrevocable != 0;
	inspect_open(&start->config, report);
	complete_interrupted_start(start, state);
	finish_report(start);
	return 0;
}

int generation_start(struct start *start)
{
	struct ct_state state;
	int result = maps_read_state(&state);

	if (result < 0)
		return diagnostics_fail(start->report, result, "cannot read the state map", "use --remove, then start again");
	start->old = state.generation;
	if (state.irrevocable || (state.generation == start->generation && pins_root() != NULL)) {
		result = adopt(start, &state);
		if (result == 0)
			return 0;
		if (state.irrevocable)
			return diagnostics_fail(start->report, result, "the node is locked, but its pinned programs cannot be adopted",
						"reboot");
	}
	start->config.slot = start->old == 0 ? 0 : !state.slot;
	return load_generation(start);
}
