/*
 * maps_test.c - pinned maps of another layout are refused. The kernel's half is a fake.
 */
#include "../check.h"

#include "enforcer/processes/maps.c"

#define FIRST_FD 1000 /* close(2) of such a number does nothing */

static int pinned, missing = -1;
static enum map changed;
static struct bpf_map_info difference;

int bpf_obj_get(const char *path)
{
	for (int map = 0; map < MAPS; map++)
		if (strcmp(strrchr(path, '/') + 1, definitions[map].name) == 0)
			return map == missing ? -ENOENT : FIRST_FD + map;
	return -ENOENT;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *size)
{
	struct bpf_map_info *map = info;
	unsigned int number = (unsigned int)(fd - FIRST_FD);

	*size = sizeof(*map);
	*map = (struct bpf_map_info){ .type = definitions[number].type,
				      .key_size = definitions[number].key,
				      .value_size = definitions[number].value,
				      .max_entries = definitions[number].entries };
	if (number != (unsigned int)changed)
		return 0;
	map->type += difference.type;
	map->key_size += difference.key_size;
	map->value_size += difference.value_size;
	map->max_entries += difference.max_entries;
	return 0;
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 entries,
		   const struct bpf_map_create_opts *options)
{
	(void)type, (void)name, (void)key, (void)value, (void)entries, (void)options;
	return FIRST_FD + missing;
}

int bpf_obj_pin(int fd, const char *path)
{
	(void)fd, (void)path;
	pinned++;
	return 0;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	(void)fd, (void)key, (void)value;
	return -ENOENT;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	(void)fd, (void)key, (void)value, (void)flags;
	return 0;
}

struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *object, const char *name)
{
	(void)object, (void)name;
	return NULL;
}

int bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	(void)map, (void)fd;
	return 0;
}

static void test_same(void)
{
	difference = (struct bpf_map_info){ 0 };
	CHECK_EQUAL(maps_open("/pins"), 0);
	CHECK_EQUAL(maps_fd(MAP_COUNTS), FIRST_FD + MAP_COUNTS);
	CHECK_EQUAL(pinned, 0);
	maps_close();
}

static void test_another_vector(void)
{
	changed = MAP_COUNTS;
	difference = (struct bpf_map_info){ .max_entries = (__u32)-(CT_SLOTS * CT_BACKENDS) };
	CHECK_EQUAL(maps_open("/pins"), -ESTALE);
	CHECK_EQUAL(maps_fd(MAP_PROCESSES), -1);
}

static void test_any_size(void)
{
	static const struct bpf_map_info differences[] = {
		{ .type = 1 }, { .key_size = 4 }, { .value_size = 8 }, { .max_entries = 1 },
	};

	for (int map = 0; map < MAPS; map++)
		for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
			changed = (enum map)map;
			difference = differences[i];
			CHECK_EQUAL(maps_open("/pins"), -ESTALE);
		}
}

static void test_missing(void)
{
	difference = (struct bpf_map_info){ 0 };
	missing = MAP_SAVED;
	CHECK_EQUAL(maps_open("/pins"), 0);
	CHECK_EQUAL(pinned, 1);
	maps_close();
	missing = -1;
}

int main(void)
{
	static const struct test tests[] = {
		{ "maps of the same layout are shared", test_same },
		{ "counts for fewer vectors are refused", test_another_vector },
		{ "any other type or size is refused", test_any_size },
		{ "a missing map is created and pinned", test_missing },
	};

	return RUN(tests);
}
