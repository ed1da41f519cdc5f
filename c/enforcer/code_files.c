/*
 * code_files.c - see code_files.h. A file that several families run is kept until there is no family at all.
 */
#include "code_files.h"

#include "maps.h"

#include <bpf/bpf.h>
#include <errno.h>

#define SWEPT_AT_ONCE 256 /* some 2 us each */
#define COUNTED_AT_ONCE 4096
#define MANY (CT_MOST_CODE_FILES / 8 * 7)

static bool is_run(__u32 family)
{
	int families = maps_fd(MAP_FAMILIES);
	struct ct_family found;
	__u32 first;

	if (family == CT_AGENT_FAMILY)
		return true;
	if (family == 0)
		return bpf_map_get_next_key(families, NULL, &first) == 0;
	return bpf_map_lookup_elem(families, &family, &found) == 0;
}

/* Another family may map it at this moment: what is taken out then is put back. */
static void forget(const __u64 *file, __u32 family)
{
	__u32 taken;

	if (bpf_map_lookup_and_delete_elem(maps_fd(MAP_CODE_FILES), file, &taken) == 0 && taken != family)
		(void)bpf_map_update_elem(maps_fd(MAP_CODE_FILES), file, &taken, BPF_NOEXIST);
}

bool code_files_are_many(void)
{
	static __u64 files[COUNTED_AT_ONCE];
	static __u32 families[COUNTED_AT_ONCE];
	__u32 position, found = 0, count = COUNTED_AT_ONCE;
	int result = 0;

	for (bool first = true; result == 0 && found < MANY; first = false, found += count) {
		count = COUNTED_AT_ONCE;
		result = bpf_map_lookup_batch(maps_fd(MAP_CODE_FILES), first ? NULL : &position, &position, files, families,
					      &count, NULL);
		if (result < 0 && result != -ENOENT) /* -ENOENT: these are the last */
			break;
	}
	return found >= MANY;
}

void code_files_sweep(void)
{
	static __u64 at; /* who is next; 0: whoever the table has first */
	int table = maps_fd(MAP_CODE_FILES);
	bool more = at != 0 || bpf_map_get_next_key(table, NULL, &at) == 0;

	for (int i = 0; more && i < SWEPT_AT_ONCE; i++) {
		__u64 file = at;
		__u32 family;

		more = bpf_map_get_next_key(table, &file, &at) == 0; /* while it is still there to go on from */
		if (bpf_map_lookup_elem(table, &file, &family) == 0 && !is_run(family))
			forget(&file, family);
	}
	if (!more)
		at = 0;
}
