/*
 * perfmon_retry.inc.h - since 6.15 mm_access() lets a process with CAP_PERFMON (or CAP_SYS_ADMIN) read although the
 * ptrace check refused. So both capabilities are refused for the rest of a refused system call.
 */
#pragma once

#include "bpf/arch.h"
#include "bpf/processes/maps.h"

#define CAP_SYS_ADMIN 21
#define CAP_PERFMON 38

/* The last refused system call of a task. */
struct ct_refusal {
	u64 number, ip, sp, first, second;
};

/* Task storage, so that no other task can evict it. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ct_refusal);
} refusals SEC(".maps");

/* Identifies the call by its registers. An identical later call would be refused too. */
static __always_inline void describe_call(struct ct_refusal *call)
{
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	call->number = CALL_NUMBER(regs);
	call->ip = CALL_IP(regs);
	call->sp = regs->sp;
	call->first = CALL_FIRST(regs);
	call->second = CALL_SECOND(regs);
}

static __always_inline void remember_refusal(void)
{
	struct ct_refusal *call = bpf_task_storage_get(&refusals, bpf_get_current_task_btf(), NULL,
						       BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (call)
		describe_call(call);
	else
		bpf_send_signal(9); /* no memory to record it; a killed task reads nothing */
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
