/*
 * second_chance.h - since 6.15 mm_access() lets who was refused by ptrace's check read all the same, when it has
 * CAP_PERFMON (or CAP_SYS_ADMIN). So the two are not there for the rest of a system call that was refused.
 */
#ifndef CT_SECOND_CHANCE_H
#define CT_SECOND_CHANCE_H

#include "maps.h"

#define CAP_SYS_ADMIN 21
#define CAP_PERFMON 38

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
	u64 id = bpf_get_current_pid_tgid();
	struct ct_refusal call;

	describe_call(&call);
	bpf_map_update_elem(&refusals, &id, &call, BPF_ANY);
}

static __always_inline bool was_refused(void)
{
	u64 id = bpf_get_current_pid_tgid();
	const struct ct_refusal *before = bpf_map_lookup_elem(&refusals, &id);
	struct ct_refusal call;

	if (!before)
		return false;
	describe_call(&call);
	return call.number == before->number && call.ip == before->ip && call.sp == before->sp &&
	       call.first == before->first && call.second == before->second;
}

#endif
