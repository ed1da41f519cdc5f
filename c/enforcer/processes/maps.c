/*
 * maps.c - see maps.h. Types and sizes match bpf/processes/maps.h. bpf_map__reuse_fd compares nothing: an object takes
 * over the map's sizes. So a pinned map is compared here.
 */
#include "maps.h"

#include "enforcer/start/saved_report.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* After a change: a new CT_MAPS_VERSION (bpf/state.h), and the new number here. */
_Static_assert(CT_MAPS_VERSION == 3 && CT_V_COUNT == 46 && CT_BACKENDS == 4 && CT_SLOTS == 2,
	       "the layout of `counts` changed: it needs a new CT_MAPS_VERSION");
_Static_assert(CT_MAPS_VERSION == 3 && sizeof(struct ct_process) == 16 && sizeof(struct ct_tree) == 8 &&
		       sizeof(struct ct_forking_task) == 24 && sizeof(struct ct_state) == 40 && sizeof(struct ct_totals) == 24 &&
		       sizeof(struct saved_report) == 17312,
	       "a map's values changed: they need a new CT_MAPS_VERSION");

static const struct {
	const char *name;
	enum bpf_map_type type;
	__u32 key, value, entries;
} definitions[MAPS] = {
	[MAP_PROCESSES] = { "processes", BPF_MAP_TYPE_HASH, 4, sizeof(struct ct_process), CT_MAX_PROCESSES },
	[MAP_TREES] = { "process_trees", BPF_MAP_TYPE_HASH, 4, sizeof(struct ct_tree), CT_MAX_TREES },
	[MAP_FORKING_TASKS] = { "forking_tasks", BPF_MAP_TYPE_LRU_HASH, 8, sizeof(struct ct_forking_task), CT_MAX_FORKING_TASKS },
	[MAP_STATE] = { "agent_state", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct ct_state), 1 },
	[MAP_COUNTS] = { "counts", BPF_MAP_TYPE_ARRAY, 4, 8, CT_COUNTS },
	[MAP_EVENTS] = { "events", BPF_MAP_TYPE_RINGBUF, 0, 0, CT_RING_BYTES },
	[MAP_AGENT_CGROUPS] = { "agent_cgroups", BPF_MAP_TYPE_LRU_HASH, 8, 4, CT_MAX_AGENT_CGROUPS },
	[MAP_TOTALS] = { "totals", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct ct_totals), 1 },
	[MAP_OPENED_BEFORE] = { "opened_before", BPF_MAP_TYPE_HASH, 8, 4, CT_MAX_OPENED_BEFORE },
	[MAP_CODE_FILES] = { "code_files", BPF_MAP_TYPE_HASH, 8, 4, CT_MAX_CODE_FILES },
	[MAP_SAVED] = { "saved_report", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct saved_report), 1 },
};

static int fds[MAPS] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };

/* 0. -ESTALE: the map was pinned by a build with another layout. */
static int compare(enum map map, int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int result = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (result < 0)
		return result;
	return info.type == (__u32)definitions[map].type && info.key_size == definitions[map].key &&
	       info.value_size == definitions[map].value && info.max_entries == definitions[map].entries ? 0 : -ESTALE;
}

static int open_pinned(enum map map, const char *path)
{
	int fd = bpf_obj_get(path);
	int result = fd < 0 ? fd : compare(map, fd);

	if (fd >= 0 && result < 0)
		(void)close(fd);
	return result < 0 ? result : fd;
}

static int open_one(enum map map, const char *folder)
{
	char path[256];
	int fd;

	if (folder != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, definitions[map].name);
		fd = open_pinned(map, path);
		if (fd != -ENOENT)
			return fd;
	}
	fd = bpf_map_create(definitions[map].type, definitions[map].name, definitions[map].key, definitions[map].value,
			    definitions[map].entries, NULL);
	if (fd >= 0 && folder != NULL) {
		int result = bpf_obj_pin(fd, path);

		if (result < 0) {
			(void)close(fd);
			return result;
		}
	}
	return fd;
}

int maps_open(const char *folder)
{
	for (int map = 0; map < MAPS; map++) {
		fds[map] = open_one((enum map)map, folder);
		if (fds[map] < 0) {
			int failed = fds[map];

			maps_close();
			return failed;
		}
	}
	return 0;
}

void maps_close(void)
{
	for (int map = 0; map < MAPS; map++) {
		if (fds[map] >= 0)
			(void)close(fds[map]);
		fds[map] = -1;
	}
}

int maps_fd(enum map map)
{
	return fds[map];
}

int maps_share(struct bpf_object *object)
{
	struct bpf_map *map;
	int result;

	for (int i = 0; i < MAPS; i++) {
		map = bpf_object__find_map_by_name(object, definitions[i].name);
		if (map == NULL)
			continue;
		result = bpf_map__reuse_fd(map, fds[i]);
		if (result < 0)
			return result;
	}
	return 0;
}

int maps_read_state(struct ct_state *ret_state)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(fds[MAP_STATE], &zero, ret_state);
}

int maps_read_totals(struct ct_totals *ret_totals)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(fds[MAP_TOTALS], &zero, ret_totals);
}

int maps_write_state(const struct ct_state *state)
{
	__u32 zero = 0;

	return bpf_map_update_elem(fds[MAP_STATE], &zero, state, BPF_ANY);
}

uint64_t maps_count(unsigned int slot, unsigned int backend, unsigned int vector)
{
	__u32 key = (slot * CT_BACKENDS + backend) * CT_V_COUNT + vector;
	__u64 count = 0;

	return bpf_map_lookup_elem(fds[MAP_COUNTS], &key, &count) < 0 ? 0 : count;
}
