/*
 * processes.h - who is protected, and from whom. A member is a thread group.
 *
 * Objects that define CT_PROBE get tasks as addresses and read them with bpf_probe_read_kernel; the others
 * get them typed by BTF and need no helper that lockdown=confidentiality takes away.
 */
#ifndef CT_BPF_PROCESSES_H
#define CT_BPF_PROCESSES_H

#include "maps.h"

#ifdef CT_PROBE
#define GET(from, field) BPF_CORE_READ(from, field)
#else
#define GET(from, field) ((from)->field)
#endif

#define CT_FORK_WINDOW_NS 10000000000ull

static __always_inline u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline struct ct_process *lookup_process(u32 tgid, u64 start)
{
	struct ct_process *process = bpf_map_lookup_elem(&processes, &tgid);

	return process && process->start == start / CT_TICK_NS ? process : NULL;
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
static __always_inline struct ct_process *find_forking(struct task_struct *task, u64 start)
{
	u64 key = (u64)GET(task, group_leader);
	struct ct_forking_task *forking;
	struct task_struct *parent;
	struct ct_process *process;

	if (bpf_ktime_get_boot_ns() - start > CT_FORK_WINDOW_NS)
		return NULL;
	forking = bpf_map_lookup_elem(&forking_tasks, &key);
	if (forking && forking->time <= start && start - forking->time < CT_FORK_WINDOW_NS)
		return &forking->parent;
	parent = GET(task, real_parent);
	process = lookup_process(GET(parent, tgid), start_of(parent));
	return process && process->tree != CT_AGENT_TREE ? process : NULL;
}

static __always_inline struct ct_process *find_process(struct task_struct *task)
{
	u64 start = start_of(task);
	struct ct_process *process = lookup_process(GET(task, tgid), start);

	return process ? process : find_forking(task, start);
}

static __always_inline struct ct_process *current_process(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return lookup_process(task->tgid, task->group_leader->start_boottime);
}

/*
 * The member that the current process may not touch, or NULL. Every other process may not, other members
 * included; a member may touch the children that it made itself, as the kernel's own ptrace scope has it.
 */
static __always_inline struct ct_process *protected_from_current(struct task_struct *task)
{
	struct ct_process *process;
	u32 me = current_tgid();
	struct task_struct *parent;

	if (GET(task, tgid) == me)
		return NULL;
	process = find_process(task);
	if (!process)
		return NULL;
	parent = GET(task, real_parent);
	if (GET(parent, tgid) == me && current_process())
		return NULL;
	return process;
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
