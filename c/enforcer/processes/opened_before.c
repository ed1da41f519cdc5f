/*
 * opened_before.c - see opened_before.h.
 */
#include "opened_before.h"

#include "enforcer/programs/bpf_objects.h"
#include "enforcer/programs/diagnostics.h"
#include "enforcer/programs/links.h"
#include "enforcer/programs/load.h"
#include "maps.h"
#include "processes.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#define PROGRAM "file_permission"
#define SECOND 1000000000u

static struct {
	const struct object *object; /* NULL: no passed backend has the program, or the kernel refuses it */
	struct ct_config config;
	uint64_t generation;
	bool attached;
} guard;

static const __u64 full = 0; /* value 1 once the map was full; no process has pid 0 */

int opened_before_init(void)
{
	__u32 no = 0;
	int result = bpf_map_update_elem(maps_fd(MAP_OPENED_BEFORE), &full, &no, BPF_NOEXIST);

	return result == -EEXIST ? 0 : result;
}

static const struct object *find_object(const struct enforce_report *report)
{
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].when == WHEN_NEEDED && report->backends[objects[i].backend].state == ENFORCE_PASSED)
			return &objects[i];
	return NULL;
}

static bool is_tracked(const struct enforce_report *report)
{
	const struct object *object = find_object(report);

	return object != NULL && !guard.config.lock && links_has_program(object->backend, "file_open");
}

static __u64 now_in_ticks(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return ((__u64)now.tv_sec * SECOND + (__u64)now.tv_nsec) / CT_TICK_NS;
}

static int load(bool attach, struct enforce_report *report)
{
	struct bpf_object *loaded;
	char reason[ENFORCE_TEXT];
	int result = load_object(guard.object, &guard.config, report, &loaded, reason);

	if (result < 0) {
		diagnostics_note(report, "%s", reason);
		return result;
	}
	if (attach) {
		result = links_attach(loaded, guard.object->backend, guard.generation, report);
		guard.attached = result > 0;
	}
	bpf_object__close(loaded);
	return result < 0 ? result : 0;
}

void opened_before_prepare(const struct start *start, struct ct_state *state)
{
	uint32_t processes, trees;

	guard.config = start->config;
	guard.generation = state->generation;
	guard.object = find_object(start->report);
	if (!is_tracked(start->report))
		state->since = 0;
	else if (start->old == 0 || state->since == 0)
		state->since = now_in_ticks();
	processes_count(&processes, &trees);
	state->guarded = state->guarded && trees > 0;
	if (guard.object == NULL)
		return;
	guard.attached = links_has_program(guard.object->backend, PROGRAM);
	if (guard.attached)
		return;
	if (load(state->guarded != 0, start->report) < 0)
		guard.object = NULL;
	else if (!guard.attached)
		links_claim(guard.object->backend, PROGRAM);
}

static bool may_be_open(pid_t pid, const struct ct_state *state)
{
	__u32 number = (__u32)pid, opened_before;
	struct ct_process process;
	__u64 key;

	if (bpf_map_lookup_elem(maps_fd(MAP_PROCESSES), &number, &process) < 0)
		return true;
	key = (__u64)number << 32 | (__u32)process.start;
	if (state->since == 0 || process.start <= state->since)
		return true;
	if (bpf_map_lookup_elem(maps_fd(MAP_OPENED_BEFORE), &full, &opened_before) < 0 || opened_before != 0)
		return true;
	return bpf_map_lookup_elem(maps_fd(MAP_OPENED_BEFORE), &key, &opened_before) == 0;
}

int opened_before_guard(pid_t pid)
{
	static struct enforce_report unread;
	struct ct_state state;

	if (guard.object == NULL || guard.attached)
		return 0;
	if (maps_read_state(&state) == 0 && !may_be_open(pid, &state))
		return 0;
	unread.note_count = 0;
	if (load(true, &unread) < 0)
		return -EUCLEAN;
	state.guarded = 1;
	return maps_write_state(&state);
}
