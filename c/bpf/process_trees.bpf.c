/*
 * process_trees.bpf.c - tracks protected processes: adds children, removes ended thread groups. Used by all backends.
 */
#include "bpf/processes/add_remove.h"
#include "bpf/processes/opened_before.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct ct_process *process, new_process;
	struct ct_totals *all;
	u64 address = (u64)child;

	if (child->pid != child->tgid)
		return 0; /* a thread */
	process = lookup_process(parent->tgid, parent->group_leader->start_boottime);
	if (!process || process->tree == CT_AGENT_TREE)
		return 0;
	new_process = *process;
	new_process.start = child->start_boottime / CT_TICK_NS;
	if (!add_child(child->tgid, &new_process)) {
		all = find_totals();
		if (all)
			__sync_fetch_and_add(&all->overflows, 1);
		return 0;
	}
	bpf_map_delete_elem(&forking_tasks, &address);
	return 0;
}

/*
 * Not sched_process_exit: since 6.16 it precedes the release of memory, and before 6.16 a thread could still have
 * memory. This tracepoint follows the wait for the process, and the leader's comes last.
 */
SEC("tp_btf/sched_process_free")
int BPF_PROG(sched_process_free, struct task_struct *task)
{
	u32 tgid = task->tgid;
	struct ct_process *process;

	if (task->pid != task->tgid)
		return 0;
	forget_opened(tgid, task->start_boottime);
	process = lookup_process(tgid, task->start_boottime);
	if (process)
		remove_process(tgid, process);
	return 0;
}
