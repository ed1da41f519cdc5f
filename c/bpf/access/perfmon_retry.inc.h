/*
 * perfmon_retry.h - since 6.15 mm_access() lets who was refused by ptrace's check read all the same, when it has
 * CAP_PERFMON (or CAP_SYS_ADMIN). So the two are not there for the rest of a system call that was refused.
 */
#ifndef CT_BPF_PERFMON_RETRY_H
#define CT_BPF_PERFMON_RETRY_H

#include "bpf/processes/maps.h"

#define CAP_SYS_ADMIN 21
#define CAP_PERFMON 38

/* The system call in which a task was refused last. */
struct ct_refusal {
	u64 number, ip, sp, first, second;
};

/* The task's own: nobody else's refusals can push it out. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ct_refusal);
} refusals SEC(".maps");

/* What the registers say; a later call that is the same call to the letter would be refused too. */
static __always_inline void describe_call(struct ct_refusal *call)
{
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	call->number = regs->orig_ax;
	call->ip = regs->ip;
	call->sp = regs->sp;
	call->first = regs->di;
	call->second = regs->si;
}

static __always_inline void remember_refusal(void)
{
	struct ct_refusal *call = bpf_task_storage_get(&refusals, bpf_get_current_task_btf(), NULL,
						       BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (call)
		describe_call(call);
	else
		bpf_send_signal(9); /* no memory to remember it: who is to die reads no memory of others */
}

static __always_inline bool was_refused(void)
{
	const struct ct_refusal *before = bpf_task_storage_get(&refusals, bpf_get_current_task_btf(), NULL, 0);
	struct ct_refusal call;

	if (!before)
		return false;
	describe_call(&call);
	return call.number == before->number && call.ip == before->ip && call.sp == before->sp &&
	       call.first == before->first && call.second == before->second;
}

#endif
