/*
 * enforce.c - see enforce.h. The order of a start: maps, then what is there already (adopt it if it is what
 * we would load), else new programs beside the old ones, proof, and only then the old ones go.
 */
#include "enforce.h"

#include "events.h"
#include "inspect.h"
#include "kernel.h"
#include "links.h"
#include "maps.h"
#include "members.h"
#include "pins.h"
#include "saved.h"
#include "tiers.h"
#include "words.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static int fail(struct enforce_report *report, int failed, const char *reason, const char *remedy)
{
	words_set(report->reason, "%s", reason);
	words_set(report->remedy, "%s", remedy);
	return failed;
}

/* "bpf lsm + reactive kill" */
static void finish_report(struct start *start)
{
	struct enforce_report *report = start->report;
	const struct enforce_options *options = start->options;
	size_t length = 0;
	uint32_t families;

	report->mode[0] = '\0';
	for (unsigned int tier = 0; tier < CT_TIERS; tier++)
		if (report->tiers[tier].state == ENFORCE_PASSED)
			length += (size_t)snprintf(report->mode + length, sizeof(report->mode) - length, "%s%s",
						   length == 0 ? "" : " + ", enforce_tier_name(tier));
	report->enforcing = length > 0 && !options->detect;
	if (length > 0 && options->detect)
		(void)snprintf(report->mode, sizeof(report->mode), "detect only");
	report->pinned = pins_root() != NULL;
	members_count(&report->members, &families);
	links_list(report);
}

static void say_why_none(struct enforce_report *report)
{
	size_t length = (size_t)snprintf(report->reason, ENFORCE_TEXT, "no tier works here");

	for (unsigned int tier = 0; tier < CT_TIERS; tier++)
		if (report->tiers[tier].reason[0] != '\0' && length < ENFORCE_TEXT)
			length += (size_t)snprintf(report->reason + length, ENFORCE_TEXT - length, "; %s: %.100s",
						   enforce_tier_name(tier), report->tiers[tier].reason);
	words_set(report->remedy, "the kernel needs BPF LSM, fmod_ret, kprobe override or at least tracepoints");
}

static int open_maps(struct enforce_report *report)
{
	int result = maps_open(pins_maps_folder());

	if (result == -EPERM && pins_root() != NULL)
		return fail(report, result, "the kernel refuses our maps (EPERM): the node is sealed by --lock=on, or privileges are missing",
			    "use the enforcer that sealed it, or reboot; else run as root or with CAP_BPF and CAP_PERFMON");
	if (result == -EPERM)
		return fail(report, result, "the kernel refuses to make BPF maps (EPERM)",
			    "run it as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE");
	if (result < 0)
		return fail(report, result, strerror(-result), "remove what is pinned of another version: --remove");
	return 0;
}

/* The generation in force becomes ours, and the older one goes. */
static int commit(struct start *start)
{
	struct ct_state state;
	int result = maps_read_state(&state);

	if (result < 0)
		return result;
	state.generation = start->generation;
	state.slot = start->config.slot;
	state.sealed = start->config.lock && !start->config.detect && pins_root() != NULL;
	result = maps_write_state(&state);
	if (result < 0)
		return result;
	if (pins_root() != NULL)
		result = pins_remove_others(start->generation);
	start->report->lock = start->config.lock;
	start->report->exec_allow = start->config.exec_allow;
	start->report->sealed = state.sealed;
	finish_report(start);
	return result < 0 ? result : saved_write(start->report);
}

static int load_anew(struct start *start)
{
	struct enforce_report *report = start->report;
	int result = 0;

	if (pins_root() != NULL) {
		(void)pins_remove_generation(start->generation); /* half of one that was cut short */
		result = pins_make_generation(start->generation);
	}
	if (result < 0)
		return fail(report, result, strerror(-result), "is the bpffs writable?");
	result = tiers_track(start);
	if (result < 0)
		return result;
	if (tiers_bring_up(start) == 0) {
		say_why_none(report);
		return -ENOTSUP;
	}
	if (start->config.lock) {
		result = tiers_lock(start, commit);
	} else {
		inspect_open(&start->config, report);
		result = commit(start);
	}
	finish_report(start);
	return result;
}

/* What is pinned is what we would load, or it is sealed and stays what it is. */
static int adopt(struct start *start, const struct ct_state *state)
{
	struct enforce_report *report = start->report;

	if (state->sealed && state->generation != start->generation)
		words_note(report, "sealed: these programs and options stay until a reboot, and ours are others");
	start->config.slot = state->slot;
	if (links_adopt(state->generation) <= 0 || saved_read(report) < 0)
		return -ENOENT;
	if (tiers_prove(start) == 0 && !state->sealed) {
		links_leave();
		return -ENOENT;
	}
	report->adopted = true;
	report->sealed = state->sealed != 0;
	inspect_open(&start->config, report);
	finish_report(start);
	return 0;
}

static int start_with_maps(struct start *start)
{
	struct ct_state state;
	int result = maps_read_state(&state);

	if (result < 0)
		return fail(start->report, result, "the map of our state cannot be read", "--remove, and start again");
	start->old = state.generation;
	if (state.sealed || (state.generation == start->generation && pins_root() != NULL)) {
		result = adopt(start, &state);
		if (result == 0)
			return 0;
		if (state.sealed)
			return fail(start->report, result, "the node is sealed, but what is pinned cannot be adopted",
				    "reboot");
	}
	start->config.slot = start->old == 0 ? 0 : !state.slot;
	return load_anew(start);
}

static void guard(const struct enforce_options *options, struct enforce_report *report)
{
	int result = members_guard(getpid());

	if (result == 0 && options->agent > 0)
		result = members_guard(options->agent);
	inspect_locate();
	if (result < 0)
		words_note(report, "agent and enforcer are not guarded themselves: %s", strerror(-result));
}

static int prepare(struct start *start)
{
	struct utsname kernel;
	int result;

	words_listen();
	memset(start->report, 0, sizeof(*start->report));
	if (uname(&kernel) == 0)
		(void)snprintf(start->report->release, sizeof(start->report->release), "%.64s", kernel.release);
	if (!kernel_has_types())
		return fail(start->report, -ENOTSUP, "/sys/kernel/btf/vmlinux cannot be read",
			    "the kernel needs CONFIG_DEBUG_INFO_BTF, and the container /sys");
	if (start->options->pins != NULL)
		(void)pins_prepare(start->options->pins, start->report);
	else
		words_note(start->report, "nothing is pinned, as asked for: protection ends with this process");
	result = config_make(start->options, pins_root(), &start->config);
	if (result < 0)
		return fail(start->report, result, "the enforcer's installed file cannot be found", "start it anew");
	start->generation = config_generation(&start->config, start->options->tiers);
	return open_maps(start->report);
}

int enforce_start(const struct enforce_options *options, struct enforce_report *ret_report)
{
	static struct start start;
	int result;

	start = (struct start){ .options = options, .report = ret_report };
	result = prepare(&start);
	if (result == 0)
		result = start_with_maps(&start);
	if (result == 0)
		result = events_open();
	if (result < 0) {
		for (uint8_t tier = 0; tier <= CT_TIERS; tier++)
			links_detach(tier);
		enforce_stop();
		return result;
	}
	guard(options, ret_report);
	return 0;
}

static bool has_ended(int pidfd)
{
	struct pollfd one = { .fd = pidfd, .events = POLLIN };

	return poll(&one, 1, 0) != 0;
}

int enforce_protect(int pidfd, pid_t pid, uint32_t *ret_family)
{
	uint32_t family = members_family(pid);
	int result = 0;

	if (has_ended(pidfd))
		return -ESRCH;
	if (family == 0 || family == CT_AGENT_FAMILY)
		result = members_add(pid, &family);
	if (result < 0)
		return result;
	if (has_ended(pidfd)) { /* the number may have been another's by then */
		members_remove(pid);
		return -ESRCH;
	}
	*ret_family = family;
	return members_is_watched(pid) ? -EBUSY : 0;
}

int enforce_stats(struct enforce_stats *ret_stats)
{
	struct ct_state state;
	int result = maps_read_state(&state);

	if (result < 0)
		return result;
	memset(ret_stats, 0, sizeof(*ret_stats));
	members_count(&ret_stats->members, &ret_stats->families);
	ret_stats->lost = state.lost;
	for (unsigned int slot = 0; slot < CT_SLOTS; slot++)
		for (unsigned int tier = 0; tier < CT_TIERS; tier++)
			for (unsigned int vector = 0; vector < CT_V_COUNT; vector++)
				ret_stats->counts[vector] += maps_count(slot, tier, vector);
	return 0;
}

int enforce_remove(const struct enforce_options *options, struct enforce_report *ret_report)
{
	int result;

	memset(ret_report, 0, sizeof(*ret_report));
	if (options->pins == NULL)
		return fail(ret_report, -EINVAL, "nothing to remove without --pins", "name the folder");
	result = pins_remove_all(options->pins);
	if (result == -EPERM)
		return fail(ret_report, result, "the kernel refuses to remove the pins: the node is sealed by --lock=on",
			    "reboot");
	if (result < 0)
		return fail(ret_report, result, strerror(-result), "is the bpffs mounted, and are we root?");
	return 0;
}

void enforce_stop(void)
{
	events_close();
	links_leave();
	inspect_close();
	maps_close();
}
