/*
 * opened_before.h - whose files of /proc others have opened, before protection began. Whoever has one open could go on
 * reading; to refuse that costs every read of every file, so it is done only where there is somebody.
 */
#ifndef CT_BPF_OPENED_BEFORE_H
#define CT_BPF_OPENED_BEFORE_H

#include "processes.h"
#include "bpf/kernel/file_names.h"

static __always_inline u64 opened_key(u32 tgid, u64 start)
{
	return (u64)tgid << 32 | (u32)(start / CT_TICK_NS);
}

/*
 * These show the process as it is when they are read, not when they were opened. So one may be its own, from
 * before execve(2), and in other hands now.
 */
static __always_inline bool is_read_as_it_comes(const struct ct_name *name)
{
	return IS(name, "cmdline") || IS(name, "clear_refs") || IS(name, "coredump_filter");
}

/* To be called before it is asked whether the task is a member: who becomes one meanwhile is noted already. */
static __always_inline void note_opened(struct task_struct *task, const struct ct_name *name)
{
	u32 tgid = GET(task, tgid), one = 1;
	u64 key = opened_key(tgid, start_of(task)), full = 0;
	u32 *is_full;

	if (tgid == current_tgid() && !is_read_as_it_comes(name))
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

#endif
