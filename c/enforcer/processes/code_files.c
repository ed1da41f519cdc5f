/*
 * code_files.c - see code_files.h. A file that several process trees run is kept until no tree is left.
 */
#include "code_files.h"

#include "maps.h"

#include <bpf/bpf.h>
#include <errno.h>

#define CHECKED_PER_ROUND 256 /* about 2 us each */
#define BATCH 4096
#define MANY (CT_MAX_CODE_FILES / 8 * 7)

static bool is_run(__u32 tree)
{
	int trees = maps_fd(MAP_TREES);
	struct ct_tree found;
	__u32 first;

	if (tree == CT_AGENT_TREE)
		return true;
	if (tree == 0)
		return bpf_map_get_next_key(trees, NULL, &first) == 0;
	return bpf_map_lookup_elem(trees, &tree, &found) == 0;
}

/* Another tree may map the file at this moment: then it is put back. */
static void forget(const __u64 *file, __u32 tree)
{
	__u32 taken;

	if (bpf_map_lookup_and_delete_elem(maps_fd(MAP_CODE_FILES), file, &taken) == 0 && taken != tree)
		(void)bpf_map_update_elem(maps_fd(MAP_CODE_FILES), file, &taken, BPF_NOEXIST);
}

bool code_files_are_many(void)
{
	static __u64 files[BATCH];
	static __u32 trees[BATCH];
	__u32 position, found = 0, count = BATCH;
	int result = 0;

	for (bool first = true; result == 0 && found < MANY; first = false, found += count) {
		count = BATCH;
		result = bpf_map_lookup_batch(maps_fd(MAP_CODE_FILES), first ? NULL : &position, &position, files, trees,
					      &count, NULL);
		if (result < 0 && result != -ENOENT) /* -ENOENT: the last batch */
			break;
	}
	return found >= MANY;
}

void code_files_sweep(void)
{
	static __u64 at; /* next key; 0: start over */
	int table = maps_fd(MAP_CODE_FILES);
	bool more = at != 0 || bpf_map_get_next_key(table, NULL, &at) == 0;

	for (int i = 0; more && i < CHECKED_PER_ROUND; i++) {
		__u64 file = at;
		__u32 tree;

		more = bpf_map_get_next_key(table, &file, &at) == 0; /* while this entry is still there to continue from */
		if (bpf_map_lookup_elem(table, &file, &tree) == 0 && !is_run(tree))
			forget(&file, tree);
	}
	if (!more)
		at = 0;
}
