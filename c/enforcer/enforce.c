/*
 * enforce.c - see enforce.h. Prepares a start around the programs themselves (start/generation.c), and serves calls
 * while they run.
 */
#include "enforce.h"

#include "enforcer/processes/code_files.h"
#include "enforcer/processes/descendants.h"
#include "enforcer/processes/events.h"
#include "enforcer/processes/inspect.h"
#include "enforcer/processes/maps.h"
#include "enforcer/processes/opened_before.h"
#include "enforcer/processes/processes.h"
#include "enforcer/programs/diagnostics.h"
#include "enforcer/programs/kernel.h"
#include "enforcer/programs/links.h"
#include "enforcer/programs/load.h"
#include "enforcer/programs/pins.h"
#include "enforcer/start/backends.h"
#include "enforcer/start/generation.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static int open_maps(struct enforce_report *report)
{
	int result = maps_open(pins_maps_folder());

	if (result == -EPERM && pins_root() != NULL)
		return diagnostics_fail(report, result, "the kernel refuses access to the pinned maps (EPERM): the node is "
					"locked by --lock=on, or privileges are missing",
			    "start the agent with --lock=on, or reboot; if not locked, run as root or with CAP_BPF and CAP_PERFMON");
	if (result == -EPERM)
		return diagnostics_fail(report, result, "the kernel refuses to create BPF maps (EPERM)", load_remedy());
	if (result == -ESTALE)
		return diagnostics_fail(report, result, "the pinned maps are of another build, with other sizes",
					"remove the pins with --remove, or reboot if the lock is on");
	if (result < 0)
		return diagnostics_fail(report, result, strerror(-result), "remove pins of another version with --remove");
	return 0;
}

static void guard(const struct enforce_options *options, struct enforce_report *report)
{
	int result = processes_add_agent(getpid());

	if (result == 0 && options->agent > 0)
		result = processes_add_agent(options->agent);
	inspect_locate_agent();
	processes_note_code();
	if (result < 0)
		diagnostics_note(report, "cannot guard agent and enforcer: %s", strerror(-result));
	result = processes_check_observers(getpid());
	if (result == -EBUSY)
		diagnostics_note(report, "the enforcer is traced or has perf events, which cannot be undone");
	else if (result == -EALREADY)
		diagnostics_note(report, "another process can answer the enforcer's system calls (seccomp user notification); start the "
				 "agent without such a profile");
	if (options->lock && kernel_has_crash_kernel())
		diagnostics_note(report, "a crash kernel is loaded: root can crash this kernel and read all memory in its dump; unload it "
				 "before you set the lock (kexec -p -u)");
	if (access("/proc/thread-self/children", R_OK) < 0)
		diagnostics_note(report, "cannot find existing children of processes that register: CONFIG_PROC_CHILDREN not set");
}

/* An unpinned lock would end with this process and could never become irrevocable. */
static int prepare_pins(const struct enforce_options *options, struct enforce_report *report)
{
	int result;

	if (options->pins == NULL) {
		if (!options->check)
			diagnostics_note(report, "nothing is pinned (--pins=none): protection ends with the agent");
		return 0;
	}
	result = pins_prepare(options->pins, report);
	if (result == 0 || !options->lock || options->detect)
		return 0;
	diagnostics_set(report->reason, "the lock must outlive the agent, and %.250s is not on a bpffs (%s)", options->pins,
			strerror(-result));
	diagnostics_set(report->remedy, "mount -t bpf bpf " PINS_MOUNT " on the node, or set --pins to a directory on a bpffs");
	return result;
}

static int prepare(struct start *start)
{
	struct utsname kernel;
	int result;

	diagnostics_capture_libbpf();
	memset(start->report, 0, sizeof(*start->report));
	if (uname(&kernel) == 0)
		(void)snprintf(start->report->release, sizeof(start->report->release), "%.64s", kernel.release);
	if (!kernel_has_types())
		return diagnostics_fail(start->report, -ENOTSUP, "cannot read /sys/kernel/btf/vmlinux",
					"use a kernel with CONFIG_DEBUG_INFO_BTF, and mount /sys into the container");
	result = prepare_pins(start->options, start->report);
	if (result < 0)
		return result;
	result = config_make(start->options, pins_root(), &start->config);
	if (result < 0)
		return diagnostics_fail(start->report, result, "cannot find the enforcer's installed file or the socket's directory",
					"restart it with a --socket in fewer directories");
	start->generation = config_generation(&start->config, start->options->backends);
	result = open_maps(start->report);
	return result < 0 ? result : opened_before_init();
}

int enforce_start(const struct enforce_options *options, struct enforce_report *ret_report)
{
	static struct start start;
	int result;

	start = (struct start){ .options = options, .report = ret_report };
	result = prepare(&start);
	if (result == 0)
		result = generation_start(&start);
	if (result == 0)
		result = events_open();
	if (result < 0) {
		for (uint8_t backend = 0; backend <= CT_BACKENDS; backend++)
			links_detach(backend);
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

/*
 * The last trees that were checked when they registered. No observer can have come since, so repeated registration of a
 * large tree costs nothing.
 */
static uint32_t checked_trees[1024];
static unsigned int checked_count;

static bool is_checked(uint32_t tree)
{
	for (unsigned int i = 0; i < sizeof(checked_trees) / sizeof(checked_trees[0]); i++)
		if (checked_trees[i] == tree)
			return true;
	return false;
}

/* Checks what other processes opened or attached before the process and its descendants were protected. */
static int check_observers(pid_t pid, uint32_t tree)
{
	int result = opened_before_guard(pid);

	if (result == 0)
		result = descendants_protect(pid);
	if (result == 0)
		result = inspect_note_code(pid);
	if (result == 0)
		result = processes_check_observers(pid);
	if (result == 0)
		checked_trees[checked_count++ % (sizeof(checked_trees) / sizeof(checked_trees[0]))] = tree;
	return result;
}

int enforce_protect(int pidfd, pid_t pid, uint32_t *ret_tree)
{
	uint32_t tree = processes_tree_of(pid);
	int result = 0;

	if (has_ended(pidfd))
		return -ESRCH;
	if (tree == 0 || tree == CT_AGENT_TREE)
		result = code_files_are_many() ? -ENOSPC : processes_add(pid, &tree);
	if (result < 0)
		return result;
	if (has_ended(pidfd)) { /* the pid may have been reused */
		processes_remove(pid);
		return -ESRCH;
	}
	*ret_tree = tree;
	return is_checked(tree) ? 0 : check_observers(pid, tree);
}

void enforce_tick(void)
{
	processes_remove_ended();
	code_files_sweep();
}

int enforce_stats(struct enforce_stats *ret_stats)
{
	struct ct_totals totals;
	int result = maps_read_totals(&totals);

	if (result < 0)
		return result;
	memset(ret_stats, 0, sizeof(*ret_stats));
	processes_count(&ret_stats->processes, &ret_stats->trees);
	ret_stats->lost = totals.lost;
	for (unsigned int slot = 0; slot < CT_SLOTS; slot++)
		for (unsigned int backend = 0; backend < CT_BACKENDS; backend++)
			for (unsigned int vector = 0; vector < CT_V_COUNT; vector++)
				ret_stats->counts[vector] += maps_count(slot, backend, vector);
	return 0;
}

int enforce_remove(const struct enforce_options *options, struct enforce_report *ret_report)
{
	int result;

	memset(ret_report, 0, sizeof(*ret_report));
	if (options->pins == NULL)
		return diagnostics_fail(ret_report, -EINVAL, "--remove needs --pins", "set --pins to the directory of the pins");
	result = pins_remove_all(options->pins);
	if (result == -ENOENT) {
		diagnostics_set(ret_report->reason, "no pins at %.250s", options->pins);
		diagnostics_set(ret_report->remedy, "use the --pins=PATH that the agent was started with");
		return result;
	}
	if (result == -EPERM)
		return diagnostics_fail(ret_report, result, "the kernel refuses to remove the pins: the node is locked by --lock=on",
					"reboot");
	if (result < 0)
		return diagnostics_fail(ret_report, result, strerror(-result), "check that the bpffs is mounted, and run as root");
	return 0;
}

void enforce_stop(void)
{
	events_close();
	links_leave();
	inspect_close();
	maps_close();
}
