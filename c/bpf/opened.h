/*
 * opened.h - whose files of /proc others have opened, before protection began. Whoever has one open could go on
 * reading; to refuse that costs every read of every file, so it is done only where there is somebody.
 */
#ifndef CT_OPENED_H
#define CT_OPENED_H

#include "members.h"

static __always_inline u64 opened_key(u32 tgid, u64 start)
{
	return (u64)tgid << 32 | (u32)(start / CT_TICK_NS);
}

static __always_inline void note_opened(struct task_struct *task)
{
	u32 tgid = GET(task, tgid), one = 1;
	u64 key = opened_key(tgid, start_of(task)), full = 0;
	u32 *is_full;

	if (tgid == current_tgid() || !bpf_map_update_elem(&opened, &key, &one, BPF_ANY))
		return;
	is_full = bpf_map_lookup_elem(&opened, &full);
	if (is_full)
		*is_full = 1;
}

static __always_inline void forget_opened(u32 tgid, u64 start)
{
	u64 key = opened_key(tgid, start);

	bpf_map_delete_elem(&opened, &key);
}

#endif
