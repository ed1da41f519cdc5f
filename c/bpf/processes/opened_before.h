/*
 * opened_before.h - records processes whose /proc files others have open before protection begins. Refusing later reads
 * costs every read on the node, so it starts only when such a process registers.
 */
#pragma once

#include "bpf/kernel/file_names.h"
#include "processes.h"

static __always_inline u64 opened_key(u32 tgid, u64 start)
{
	return (u64)tgid << 32 | (u32)(start / CT_TICK_NS);
}

/*
 * These files show the process at the time of reading. So a descriptor of the process's own, from before execve(2), may
 * now be in other hands.
 */
static __always_inline bool shows_current_state(const struct ct_name *name)
{
	return IS(name, "cmdline") || IS(name, "clear_refs") || IS(name, "coredump_filter");
}

/* Call it before checking for protection: a process protected in between is then recorded. */
static __always_inline void note_opened(struct task_struct *task, const struct ct_name *name)
{
	u32 tgid = GET(task, tgid), one = 1;
	u64 key = opened_key(tgid, start_of(task)), full = 0;
	u32 *is_full;

	if (tgid == current_tgid() && !shows_current_state(name))
		return;
	if (!bpf_map_update_elem(&opened_before, &key, &one, BPF_ANY))
		return;
	is_full = bpf_map_lookup_elem(&opened_before, &full);
	if (is_full)
		*is_full = 1;
}

static __always_inline void forget_opened(u32 tgid, u64 start)
{
	u64 key = opened_key(tgid, start);

	bpf_map_delete_elem(&opened_before, &key);
}
