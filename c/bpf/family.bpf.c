/*
 * family.bpf.c - children of members are members, until the whole thread group is gone. Serves all tiers.
 */
#include "members.h"
#include "opened.h"

/* False when the family, or the table, is full. */
static __always_inline bool adopt_child(u32 tgid, const struct ct_member *child)
{
	struct ct_member *old = bpf_map_lookup_elem(&members, &tgid);
	u32 key = child->family;
	struct ct_family *family = bpf_map_lookup_elem(&families, &key);

	if (old && old->start == child->start)
		return true; /* two generations are attached, and the other was first */
	if (!family)
		return false;
	if (__sync_fetch_and_add(&family->count, 1) >= CT_FAMILY_CAP ||
	    bpf_map_update_elem(&members, &tgid, child, BPF_ANY)) {
		__sync_fetch_and_add(&family->count, -1);
		return false;
	}
	return true;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct ct_member *member, new_member;
	struct ct_state *state;
	u64 address = (u64)child;

	if (child->pid != child->tgid)
		return 0; /* a thread */
	member = lookup_member(parent->tgid, parent->group_leader->start_boottime);
	if (!member || member->family == CT_AGENT_FAMILY)
		return 0;
	new_member = *member;
	new_member.start = child->start_boottime / CT_TICK_NS;
	if (!adopt_child(child->tgid, &new_member)) {
		state = the_state();
		if (state)
			__sync_fetch_and_add(&state->overflows, 1);
		return 0;
	}
	bpf_map_delete_elem(&newborns, &address);
	return 0;
}

static __always_inline void tell_end(u32 number)
{
	struct ct_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	struct ct_state *state;

	if (!event) {
		state = the_state();
		if (state)
			__sync_fetch_and_add(&state->lost, 1);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time = bpf_ktime_get_ns();
	event->kind = CT_ENDED;
	event->target.family = number;
	bpf_ringbuf_submit(event, 0);
}

/*
 * Not sched_process_exit: since 6.16 it comes before the memory is given up, and before that a thread may
 * still have its memory when another one sees that the group is dying. This one comes after the process has
 * been waited for, and the leader's comes last.
 */
SEC("tp_btf/sched_process_free")
int BPF_PROG(sched_process_free, struct task_struct *task)
{
	u32 tgid = task->tgid, number;
	struct ct_member *member;
	struct ct_family *family;

	if (task->pid != task->tgid)
		return 0;
	forget_opened(tgid, task->start_boottime);
	member = lookup_member(tgid, task->start_boottime);
	if (!member)
		return 0;
	number = member->family;
	if (bpf_map_delete_elem(&members, &tgid))
		return 0;
	family = bpf_map_lookup_elem(&families, &number);
	if (family && __sync_fetch_and_add(&family->count, -1) == 1) {
		bpf_map_delete_elem(&families, &number);
		tell_end(number);
	}
	return 0;
}
