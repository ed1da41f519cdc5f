/*
 * report.h - counts an attack, sends its event, and returns the hook's result.
 */
#pragma once

#include "bpf/kernel/file_names.h"
#include "bpf/processes/processes.h"

#ifndef CT_BACKEND
#ifdef CT_FMOD
#define CT_BACKEND CT_BACKEND_FMOD
#else
#define CT_BACKEND CT_BACKEND_LSM
#endif
#endif

#define CORE_SIGNALS                                                                               \
	(1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 11 | 1u << 24 | 1u << 25 | 1u << 31)

struct ct_attempt {
	u32 program, vector, action;
	u32 tree, tgid; /* of the target; 0: none */
	u64 arg;
	char comm[CT_COMM_SIZE];
};

static __always_inline void copy_exe(struct dentry *dentry, char *to)
{
	u64 *words = (u64 *)to;
	u32 length = dentry->d_name.len;

	for (u32 index = 0; index < CT_EXE_SIZE / 8; index++)
		words[index] = 0;
	if (length == 0 || length >= CT_EXE_SIZE)
		return; /* a long name is stored outside the dentry */
	for (u32 index = 0; index < CT_EXE_SIZE / 8; index++)
		if (length > index * 8)
			words[index] = first_bytes(inline_word(dentry, index), length - index * 8);
}

static __always_inline bool is_forked_from(struct task_struct *task, struct task_struct *parent)
{
	return (task->flags & PF_FORKNOEXEC) && task->mm->exe_file->f_inode == parent->mm->exe_file->f_inode;
}

/* A wrapper's own probe: forked from the registered process or from its decoy, with the same executable (c/probe.c). */
static __always_inline bool is_own_probe(struct task_struct *task, const struct ct_process *process)
{
	struct task_struct *parent = task->real_parent;
	struct task_struct *above = parent->real_parent;

	if (!process || !is_forked_from(task, parent))
		return false;
	return parent->tgid == process->root || (above->tgid == process->root && is_forked_from(parent, above));
}

static __always_inline void describe_attacker(struct ct_event *event)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ct_process *process = current_process();
	u64 id = bpf_get_current_pid_tgid();

	event->attacker.tgid = id >> 32;
	event->attacker.tid = id;
	event->attacker.uid = bpf_get_current_uid_gid();
	event->attacker.tree = process ? process->tree : 0;
	event->attacker.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(event->attacker.comm, sizeof(event->attacker.comm));
	copy_exe(task->mm->exe_file->f_path.dentry, event->attacker.exe);
	event->own_probe = is_own_probe(task, process);
}

static __noinline void report(const struct ct_attempt *attempt)
{
	u32 key = (config.slot * CT_BACKENDS + CT_BACKEND) * CT_V_COUNT + attempt->vector;
	u64 *count = bpf_map_lookup_elem(&counts, &key);
	struct ct_event *event;
	struct ct_totals *lost;

	if (count)
		__sync_fetch_and_add(count, 1);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		lost = find_totals();
		if (lost)
			__sync_fetch_and_add(&lost->lost, 1);
		return;
	}
	event->time = bpf_ktime_get_ns();
	event->kind = CT_ACCESS;
	event->vector = attempt->vector;
	event->backend = CT_BACKEND;
	event->action = attempt->action;
	event->program = attempt->program;
	event->reserved = 0;
	event->arg = attempt->arg;
	event->target.tgid = attempt->tgid;
	event->target.tree = attempt->tree;
	__builtin_memcpy(event->target.comm, attempt->comm, sizeof(attempt->comm));
	describe_attacker(event);
	bpf_ringbuf_submit(event, 0);
}

static __always_inline void set_target(struct ct_attempt *attempt, struct task_struct *task, u32 tree)
{
	attempt->tree = tree;
	attempt->tgid = GET(task, tgid);
#ifdef CT_PROBE
	bpf_core_read(attempt->comm, sizeof(attempt->comm), &task->comm);
#else
	((u64 *)attempt->comm)[0] = ((const u64 *)task->comm)[0];
	((u64 *)attempt->comm)[1] = ((const u64 *)task->comm)[1];
#endif
}

/* The result of a refusing hook; detect mode only reports. */
static __always_inline int refuse(u32 program, u32 vector, u64 arg, struct task_struct *task, u32 tree)
{
	struct ct_attempt attempt = {
		.program = program,
		.vector = vector,
		.action = config.detect ? CT_SEEN : CT_BLOCKED,
		.arg = arg,
	};

	if (task)
		set_target(&attempt, task, tree);
	report(&attempt);
	return config.detect ? 0 : -EPERM;
}
