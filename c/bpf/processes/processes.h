/*
 * processes.h - the table of protected processes (thread groups), and who may access them.
 *
 * Objects with CT_PROBE get tasks as addresses and read them with bpf_probe_read_kernel. Others get BTF-typed tasks and
 * need no helper that lockdown=confidentiality disables.
 */
#pragma once

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
 * A new process is visible before the fork tracepoint protects it. Until then task_alloc's record names its parent;
 * without that hook its real_parent does, which CLONE_PARENT circumvents.
 */
static __always_inline struct ct_process *find_forking_task(struct task_struct *task, u64 start)
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

	return process ? process : find_forking_task(task, start);
}

static __always_inline struct ct_process *current_process(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return lookup_process(task->tgid, task->group_leader->start_boottime);
}

/*
 * The protected process that `task` belongs to and current may not access, or NULL. Only its parent may, if that is
 * protected, as in the kernel's ptrace scope.
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

/* The process may dump core: the two low bits of its memory's flags. */
static __always_inline bool is_dumpable(struct task_struct *task)
{
	struct mm_struct *mm = GET(task, mm);
	struct mm_struct___bits *bits = (void *)mm;

	if (bpf_core_field_exists(bits->flags.__mm_flags))
		return GET(bits, flags.__mm_flags[0]) & 3;
	return GET(mm, flags) & 3;
}
