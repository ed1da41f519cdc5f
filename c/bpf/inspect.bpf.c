/*
 * inspect.bpf.c - programs that the enforcer runs on demand (BPF_PROG_TEST_RUN, and the last one as an iterator). They
 * are not attached.
 */
#define CT_PROBE
#include "bpf/kernel/task_lookup.h"
#include "bpf/processes/add_remove.h"
#include "bpf/processes/code_files.h"

#define MAX_FILTERS 256
#define MAX_AREAS 768 /* the verifier of 5.15 fails between 1,024 and 2,048 */

/* Records the caller's cgroups. In a cgroup namespace a container does not see its ancestors. */
SEC("raw_tracepoint/ct_locate")
int locate_agent(struct bpf_raw_tracepoint_args *context)
{
	u32 one = 1;

	for (int level = 0; level < CT_CGROUP_LEVELS; level++) {
		u64 cgroup = bpf_get_current_ancestor_cgroup_id(level);

		if (cgroup)
			bpf_map_update_elem(&agent_cgroups, &cgroup, &one, BPF_ANY);
	}
	return 0;
}

/* Whether a thread has perf events: those from before its protection passed no hook. 1: yes. */
SEC("raw_tracepoint/ct_inspect")
int inspect_thread(struct bpf_raw_tracepoint_args *context)
{
	struct task_struct *task = task_by_number((u32)context->args[0]);
	struct task_struct___two_contexts *both;
	struct perf_event_context *events_of;

	if (!task)
		return 0;
	both = (void *)task;
	if (bpf_core_field_exists(both->perf_event_ctxp[1])) {
		events_of = BPF_CORE_READ(both, perf_event_ctxp[0]);
		if (events_of && BPF_CORE_READ(events_of, nr_events) > 0)
			return 1;
		events_of = BPF_CORE_READ(both, perf_event_ctxp[1]);
	} else {
		events_of = BPF_CORE_READ(task, perf_event_ctxp);
	}
	return events_of && BPF_CORE_READ(events_of, nr_events) > 0;
}

/*
 * Whether a seccomp filter of the thread has a listener, which can answer its system calls. Filters stay for good, also
 * across execve(2); a closed listener is gone. More filters than the limit count as a listener. 1: yes, 2: no.
 */
SEC("raw_tracepoint/ct_listener")
int BPF_PROG(find_listener, u64 number)
{
	struct task_struct *task = task_by_number((u32)number);
	struct seccomp_filter *filter = task ? BPF_CORE_READ(task, seccomp.filter) : NULL;

	for (int i = 0; filter && i < MAX_FILTERS; i++) {
		if (BPF_CORE_READ(filter, notif))
			return 1;
		filter = BPF_CORE_READ(filter, prev);
	}
	return filter ? 1 : 2;
}

/*
 * Adds process args[0], if it is still a child of the protected process args[1]. With args[2] it removes it again.
 * CT_CHILD_ADDED, CT_NO_ROOM, or 0: not a child, or already protected.
 */
SEC("raw_tracepoint/ct_adopt")
int add_existing_child(struct bpf_raw_tracepoint_args *context)
{
	struct task_struct *task = task_by_number((u32)context->args[0]), *parent;
	struct ct_process *process, child;
	u32 tgid;

	if (!task)
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	parent = BPF_CORE_READ(task, real_parent);
	process = lookup_process(tgid, start_of(task));
	if (process && context->args[2] && process->root != tgid)
		remove_process(tgid, process);
	if (process || BPF_CORE_READ(parent, tgid) != (u32)context->args[1])
		return 0;
	process = lookup_process((u32)context->args[1], start_of(parent));
	if (!process || process->tree == CT_AGENT_TREE)
		return 0;
	child = *process;
	child.start = start_of(task) / CT_TICK_NS;
	return add_child(tgid, &child) ? CT_CHILD_ADDED : CT_NO_ROOM;
}

/* Removes protected process args[0] that started at args[1] and has ended. 1: removed. */
SEC("raw_tracepoint/ct_bury")
int remove_ended_process(struct bpf_raw_tracepoint_args *context)
{
	u32 tgid = context->args[0];
	struct ct_process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (!process || process->start != context->args[1])
		return 0;
	remove_process(tgid, process);
	return 1;
}

/*
 * Records the code files that a protected process args[0] mapped before its protection or before the lock. Until 6.0
 * the mappings are a list, read without its lock, so concurrent changes may be missed. 1: complete.
 */
SEC("raw_tracepoint/ct_note_list")
int note_list(struct bpf_raw_tracepoint_args *context)
{
	struct task_struct *task = task_by_number((u32)context->args[0]);
	struct mm_struct___list *memory;
	struct vm_area_struct *area;
	struct ct_process *process;

	if (!bpf_core_field_exists(struct mm_struct___list, mmap))
		return 0;
	process = task ? lookup_process(BPF_CORE_READ(task, tgid), start_of(task)) : NULL;
	if (!process)
		return 1; /* it has ended */
	memory = (void *)BPF_CORE_READ(task, mm);
	area = BPF_CORE_READ(memory, mmap);
	for (int i = 0; area && i < MAX_AREAS; i++) {
		note_code(area, process->tree);
		area = BPF_CORE_READ((struct vm_area_struct___list *)area, vm_next);
	}
	return !area;
}

/* The same on later kernels. Before 6.1 the iterator is unsafe for ending processes. */
SEC("iter/task_vma")
int note_mapped(struct bpf_iter__task_vma *context)
{
	struct task_struct *task = context->task;
	struct vm_area_struct *area = context->vma;
	struct ct_process *process;

	if (!task || !area)
		return 0;
	process = lookup_process(BPF_CORE_READ(task, tgid), start_of(task));
	if (process)
		note_code(area, process->tree);
	return 0;
}
