/*
 * syscall_targets.h - the target process and vector of a system call, for backends that see only system calls. `call`
 * is its number in CT_PROGRAMS (CT_P_sys_X).
 */
#pragma once

#include "report.h"

#include "bpf/arch.h"
#include "bpf/kernel/proc_paths.h"

#define PTRACE_TRACEME 0
#define PERF_FLAG_PID_CGROUP 4

static __always_inline u32 call_of(u32 number)
{
	return is_compat(bpf_get_current_task_btf()) ? call_of_compat(number) : call_of_native(number);
}

static __always_inline u32 current_call(void)
{
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	return call_of(CALL_NUMBER(regs));
}

struct ct_call_target {
	struct task_struct *task; /* NULL: no process that matters */
	u32 vector;
	u64 arg;
};

static __always_inline struct ct_call_target target_at_path(int directory, struct ct_path path)
{
	struct task_struct *task = task_by_path(directory, &path);
	struct ct_call_target target = { .task = task };

	if (!task)
		return target;
	target.vector = vector_of_path(path);
	if (target.vector == CT_V_COUNT || (target.vector == CT_V_namespace_entry && config.exec_allow))
		target.task = NULL;
	return target;
}

static __always_inline struct ct_call_target target_at_signal(struct task_struct *task, u32 signal)
{
	struct ct_call_target target = { .vector = CT_V_core_signal, .arg = signal };

	if (signal < 32 && (CORE_SIGNALS & 1u << signal))
		target.task = task;
	return target;
}

static __always_inline struct ct_call_target target_at_task(struct task_struct *task, u32 vector)
{
	struct ct_call_target target = { .task = task, .vector = vector };

	return target;
}

static __always_inline struct task_struct *first_protected(u32 first, u32 second)
{
	struct task_struct *task = task_by_number(first);

	return task && protected_from_current(task) ? task : task_by_number(second);
}

static __always_inline struct ct_call_target target_of_signal(u32 call, const struct ct_arguments *with)
{
	switch (call) {
	case CT_P_sys_tgkill:
	case CT_P_sys_rt_tgsigqueueinfo:
		return target_at_signal(task_by_number(with->b), with->c);
	case CT_P_sys_pidfd_send_signal:
		return target_at_signal(task_by_pidfd(with->a), with->b);
	default:
		return target_at_signal(task_by_number(with->a), with->b);
	}
}

static __always_inline struct ct_call_target target_of_path(u32 call, const struct ct_arguments *with)
{
	struct ct_path first = { .text = (const char *)with->a }, second = { .text = (const char *)with->b };

	if (call == CT_P_sys_open || call == CT_P_sys_creat || call == CT_P_sys_readlink)
		return target_at_path(AT_FDCWD, first);
	return target_at_path((int)with->a, second);
}

static __always_inline bool is_opening(u32 call)
{
	return call == CT_P_sys_open || call == CT_P_sys_creat || call == CT_P_sys_openat || call == CT_P_sys_openat2;
}

/*
 * The target of an opening call in do_filp_open(), which has the kernel's copy of the path: it can always be read, and
 * no other thread can change it.
 */
static __always_inline struct ct_call_target target_of_copy(struct pt_regs *context)
{
	struct pt_regs___user *regs = (void *)context; /* the arguments of a function are in the same registers */
	struct filename *copy = (void *)CALL_SECOND(regs);
	struct ct_path path = { .text = BPF_CORE_READ(copy, name), .is_copy = true };
	struct ct_call_target none = {};

	return is_opening(current_call()) ? target_at_path((int)CALL_FIRST(regs), path) : none;
}

static __always_inline struct ct_call_target target_of_call(u32 call, const struct ct_arguments *with)
{
	switch (call) {
	case CT_P_sys_ptrace:
		return target_at_task(with->a == PTRACE_TRACEME ? NULL : task_by_number(with->b),
				      CT_V_ptrace_attach);
	case CT_P_sys_process_vm_readv:
		return target_at_task(task_by_number(with->a), CT_V_process_vm_readv);
	case CT_P_sys_process_vm_writev:
		return target_at_task(task_by_number(with->a), CT_V_process_vm_writev);
	case CT_P_sys_kcmp:
		return target_at_task(first_protected(with->a, with->b), CT_V_kcmp);
	case CT_P_sys_get_robust_list:
		return target_at_task(task_by_number(with->a), CT_V_kcmp);
	case CT_P_sys_pidfd_getfd:
		return target_at_task(task_by_pidfd(with->a), CT_V_pidfd_getfd);
	case CT_P_sys_process_madvise:
		return target_at_task(task_by_pidfd(with->a), CT_V_page_move);
	case CT_P_sys_move_pages:
	case CT_P_sys_migrate_pages:
		return target_at_task(task_by_number(with->a), CT_V_page_move);
	case CT_P_sys_perf_event_open:
		return target_at_task(with->e & PERF_FLAG_PID_CGROUP ? NULL : task_by_number(with->b),
				      CT_V_perf_task);
	case CT_P_sys_setns:
		return target_at_task(config.exec_allow ? NULL : task_by_pidfd(with->a), CT_V_namespace_entry);
	case CT_P_sys_prlimit64:
		return target_at_task(with->c ? task_by_number(with->a) : NULL, CT_V_core_signal);
	default:
		return call >= CT_P_sys_kill ? target_of_signal(call, with) : target_of_path(call, with);
	}
}

/* The protected process that the call must not target, or NULL. */
static __always_inline struct ct_process *protected_target(u32 call, const struct ct_call_target *target)
{
	struct ct_process *process, *sender;
	struct task_struct *task = target->task;

	if (!task)
		return NULL;
	process = protected_from_current(task);
	if (!process || target->vector != CT_V_core_signal || call == CT_P_sys_prlimit64)
		return process;
	sender = current_process();
	if (sender && sender->tree == process->tree)
		return NULL;
	return is_dumpable(task) ? process : NULL; /* a process that cannot dump core may get SIGQUIT */
}
