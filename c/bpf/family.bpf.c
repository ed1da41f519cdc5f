/*
 * family.bpf.c - children of members are members, until the whole thread group is gone. Serves all tiers.
 */
#include "membership.h"
#include "opened.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct ct_member *member, new_member;
	struct ct_totals *all;
	u64 address = (u64)child;

	if (child->pid != child->tgid)
		return 0; /* a thread */
	member = lookup_member(parent->tgid, parent->group_leader->start_boottime);
	if (!member || member->family == CT_AGENT_FAMILY)
		return 0;
	new_member = *member;
	new_member.start = child->start_boottime / CT_TICK_NS;
	if (!adopt_child(child->tgid, &new_member)) {
		all = the_totals();
		if (all)
			__sync_fetch_and_add(&all->overflows, 1);
		return 0;
	}
	bpf_map_delete_elem(&newborns, &address);
	return 0;
}

/*
 * Not sched_process_exit: since 6.16 it comes before the memory is given up, and before that a thread may
 * still have its memory when another one sees that the group is dying. This one comes after the process has
 * been waited for, and the leader's comes last.
 */
SEC("tp_btf/sched_process_free")
int BPF_PROG(sched_process_free, struct task_struct *task)
{
	u32 tgid = task->tgid;
	struct ct_member *member;

	if (task->pid != task->tgid)
		return 0;
	forget_opened(tgid, task->start_boottime);
	member = lookup_member(tgid, task->start_boottime);
	if (member)
		leave(tgid, member);
	return 0;
}
