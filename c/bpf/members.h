/*
 * members.h - who is protected, and from whom. A member is a thread group.
 *
 * Objects that define CT_PROBE get tasks as addresses and read them with bpf_probe_read_kernel; the others
 * get them typed by BTF and need no helper that lockdown=confidentiality takes away.
 */
#ifndef CT_MEMBERS_H
#define CT_MEMBERS_H

#include "maps.h"

#ifdef CT_PROBE
#define GET(from, field) BPF_CORE_READ(from, field)
#else
#define GET(from, field) ((from)->field)
#endif

#define CT_YOUNG_NS 10000000000ull

static __always_inline u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline struct ct_member *lookup_member(u32 tgid, u64 start)
{
	struct ct_member *member = bpf_map_lookup_elem(&members, &tgid);

	return member && member->start == start / CT_TICK_NS ? member : NULL;
}

static __always_inline u64 start_of(struct task_struct *task)
{
	struct task_struct *leader = GET(task, group_leader);

	return GET(leader, start_boottime);
}

/*
 * A new process can be found by its number before the fork tracepoint makes it a member. What task_alloc
 * left says whose child it is; where that hook is not attached, its parent does (which CLONE_PARENT hides).
 */
static __always_inline struct ct_member *find_newborn(struct task_struct *task, u64 start)
{
	u64 key = (u64)GET(task, group_leader);
	struct ct_newborn *newborn;
	struct task_struct *parent;
	struct ct_member *member;

	if (bpf_ktime_get_boot_ns() - start > CT_YOUNG_NS)
		return NULL;
	newborn = bpf_map_lookup_elem(&newborns, &key);
	if (newborn && newborn->time <= start && start - newborn->time < CT_YOUNG_NS)
		return &newborn->parent;
	parent = GET(task, real_parent);
	member = lookup_member(GET(parent, tgid), start_of(parent));
	return member && member->family != CT_AGENT_FAMILY ? member : NULL;
}

static __always_inline struct ct_member *find_member(struct task_struct *task)
{
	u64 start = start_of(task);
	struct ct_member *member = lookup_member(GET(task, tgid), start);

	return member ? member : find_newborn(task, start);
}

static __always_inline struct ct_member *current_member(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return lookup_member(task->tgid, task->group_leader->start_boottime);
}

/*
 * The member that the current process may not touch, or NULL. Every other process may not, other members
 * included; a member may touch the children that it made itself, as the kernel's own ptrace scope has it.
 */
static __always_inline struct ct_member *forbidden(struct task_struct *task)
{
	struct ct_member *member;
	u32 me = current_tgid();
	struct task_struct *parent;

	if (GET(task, tgid) == me)
		return NULL;
	member = find_member(task);
	if (!member)
		return NULL;
	parent = GET(task, real_parent);
	if (GET(parent, tgid) == me && current_member())
		return NULL;
	return member;
}

/* Whether the process would leave a core dump: the two low bits of the flags of its memory. */
static __always_inline bool is_dumpable(struct task_struct *task)
{
	struct mm_struct *mm = GET(task, mm);
	struct mm_struct___bits *bits = (void *)mm;

	if (bpf_core_field_exists(bits->flags.__mm_flags))
		return GET(bits, flags.__mm_flags[0]) & 3;
	return GET(mm, flags) & 3;
}

#endif
