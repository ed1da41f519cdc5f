/*
 * code_files.c - see code_files.h. A file that several families run is kept until there is no family at all.
 */
#include "code_files.h"

#include "maps.h"

#include <bpf/bpf.h>

#define SWEPT_AT_ONCE 256 /* some 2 us each */

static bool is_run(__u32 family)
{
	int families = maps_fd(MAP_FAMILIES);
	struct ct_family found;
	__u32 first;

	if (family == 0)
		return bpf_map_get_next_key(families, NULL, &first) == 0;
	return bpf_map_lookup_elem(families, &family, &found) == 0;
}

/* Another family may map it at this moment: what is taken out then is put back. */
static void forget(const struct ct_file *file, __u32 family)
{
	__u32 taken;

	if (bpf_map_lookup_and_delete_elem(maps_fd(MAP_CODE_FILES), file, &taken) == 0 && taken != family)
		(void)bpf_map_update_elem(maps_fd(MAP_CODE_FILES), file, &taken, BPF_NOEXIST);
}

void code_files_sweep(void)
{
	static struct ct_file at; /* who is next; inode 0: whoever the table has first */
	int table = maps_fd(MAP_CODE_FILES);
	bool more = at.inode != 0 || bpf_map_get_next_key(table, NULL, &at) == 0;

	for (int i = 0; more && i < SWEPT_AT_ONCE; i++) {
		struct ct_file file = at;
		__u32 family;

		more = bpf_map_get_next_key(table, &file, &at) == 0; /* while it is still there to go on from */
		if (bpf_map_lookup_elem(table, &file, &family) == 0 && !is_run(family))
			forget(&file, family);
	}
	if (!more)
		at.inode = 0;
}
