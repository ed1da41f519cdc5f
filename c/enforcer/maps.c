/*
 * maps.c - see maps.h. Kinds and sizes are those of ../bpf/maps.h: libbpf refuses to share what differs.
 */
#include "maps.h"

#include "saved.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
	const char *name;
	enum bpf_map_type type;
	__u32 key, value, entries;
} shapes[MAPS] = {
	[MAP_MEMBERS] = { "members", BPF_MAP_TYPE_HASH, 4, sizeof(struct ct_member), CT_MOST_MEMBERS },
	[MAP_FAMILIES] = { "families", BPF_MAP_TYPE_HASH, 4, sizeof(struct ct_family), CT_MOST_FAMILIES },
	[MAP_NEWBORNS] = { "newborns", BPF_MAP_TYPE_LRU_HASH, 8, sizeof(struct ct_newborn), CT_NEWBORNS },
	[MAP_STATE] = { "agent_state", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct ct_state), 1 },
	[MAP_COUNTS] = { "counts", BPF_MAP_TYPE_ARRAY, 4, 8, CT_COUNTS },
	[MAP_EVENTS] = { "events", BPF_MAP_TYPE_RINGBUF, 0, 0, CT_RING_BYTES },
	[MAP_AGENT_CGROUPS] = { "agent_cgroups", BPF_MAP_TYPE_LRU_HASH, 8, 4, CT_AGENT_CGROUPS },
	[MAP_TOTALS] = { "totals", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct ct_totals), 1 },
	[MAP_OPENED] = { "opened", BPF_MAP_TYPE_HASH, 8, 4, CT_MOST_OPENED },
	[MAP_CODE_FILES] = { "code_files", BPF_MAP_TYPE_HASH, 8, 4, CT_MOST_CODE_FILES },
	[MAP_SAVED] = { "saved_report", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct saved_report), 1 },
};

static int fds[MAPS] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };

static int open_one(enum map map, const char *folder)
{
	char path[256];
	int fd;

	if (folder != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, shapes[map].name);
		fd = bpf_obj_get(path);
		if (fd >= 0 || fd != -ENOENT)
			return fd;
	}
	fd = bpf_map_create(shapes[map].type, shapes[map].name, shapes[map].key, shapes[map].value,
			    shapes[map].entries, NULL);
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
		map = bpf_object__find_map_by_name(object, shapes[i].name);
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

uint64_t maps_count(unsigned int slot, unsigned int tier, unsigned int vector)
{
	__u32 key = (slot * CT_TIERS + tier) * CT_V_COUNT + vector;
	__u64 count = 0;

	return bpf_map_lookup_elem(fds[MAP_COUNTS], &key, &count) < 0 ? 0 : count;
}
