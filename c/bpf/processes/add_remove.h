/*
 * add_remove.h - adds children to the table of protected processes and removes ended ones. An entry may be stale: its
 * pid was reused before its end was processed.
 */
#pragma once

#include "processes.h"

static __always_inline void report_tree_end(u32 number)
{
	struct ct_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	struct ct_totals *lost;

	if (!event) {
		lost = find_totals();
		if (lost)
			__sync_fetch_and_add(&lost->lost, 1);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time = bpf_ktime_get_ns();
	event->kind = CT_ENDED;
	event->target.tree = number;
	bpf_ringbuf_submit(event, 0);
}

/* With two generations attached, only the one that deletes the entry counts. */
static __always_inline void remove_process(u32 tgid, struct ct_process *process)
{
	struct ct_totals *all = find_totals();
	bool is_child = process->root != tgid;
	u32 number = process->tree;
	struct ct_tree *tree;

	if (bpf_map_delete_elem(&processes, &tgid))
		return;
	if (is_child && all)
		__sync_fetch_and_add(&all->children, -1);
	tree = bpf_map_lookup_elem(&process_trees, &number);
	if (tree && __sync_fetch_and_add(&tree->count, -1) == 1) {
		bpf_map_delete_elem(&process_trees, &number);
		report_tree_end(number);
	}
}

/* False when the tree or the table is full. */
static __always_inline bool add_child(u32 tgid, const struct ct_process *child)
{
	struct ct_process *old = bpf_map_lookup_elem(&processes, &tgid);
	struct ct_totals *all = find_totals();
	u32 key = child->tree;
	struct ct_tree *tree;

	if (old && old->start == child->start)
		return true; /* the other attached generation added it */
	if (old)
		remove_process(tgid, old);
	tree = bpf_map_lookup_elem(&process_trees, &key);
	if (!tree || !all)
		return false;
	if (__sync_fetch_and_add(&tree->count, 1) >= CT_MAX_PER_TREE ||
	    bpf_map_update_elem(&processes, &tgid, child, BPF_ANY)) {
		__sync_fetch_and_add(&tree->count, -1);
		return false;
	}
	__sync_fetch_and_add(&all->children, 1);
	return true;
}

static __always_inline bool has_room(u32 number)
{
	struct ct_tree *tree = bpf_map_lookup_elem(&process_trees, &number);
	struct ct_totals *all = find_totals();

	return !tree || !all || (tree->count < CT_MAX_PER_TREE && all->children < CT_MAX_CHILDREN);
}
