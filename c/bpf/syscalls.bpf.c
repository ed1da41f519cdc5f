/*
 * syscalls.bpf.c - refuses system calls before they run: kprobes with bpf_override_return(), which needs
 * CONFIG_BPF_KPROBE_OVERRIDE. One program serves all entry points of a call (native, 32-bit), which arguments_of() tells
 * apart.
 *
 * A path is missing at the entry when its page was not touched yet. do_filp_open() has it, but cannot be refused: there
 * the attacker is killed, before the file is open.
 */
#define CT_PROBE
#define CT_BACKEND CT_BACKEND_KPROBE
#include "bpf/access/kill.h"

static __always_inline int judge(struct pt_regs *context, u32 call)
{
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct ct_arguments arguments = arguments_of(regs);
	struct ct_call_target target = target_of_call(call, &arguments);
	struct ct_process *process = protected_target(call, &target);
	u32 vector = target.vector;

	if (!process)
		return 0;
	if (process->tree == CT_AGENT_TREE) {
		if (vector == CT_V_core_signal)
			return 0;
		vector = CT_V_agent_memory;
	}
	if (refuse(call, vector, target.arg, target.task, process->tree))
		bpf_override_return(context, (unsigned long)-EPERM);
	return 0;
}

#define CALL(name)                                                                                 \
	SEC("kprobe")                                                                                  \
	int sys_##name(struct pt_regs *context)                                                        \
	{                                                                                              \
		return judge(context, CT_P_sys_##name);                                                    \
	}

CALL(ptrace)
CALL(process_vm_readv)
CALL(process_vm_writev)
CALL(kcmp)
CALL(pidfd_getfd)
CALL(process_madvise)
CALL(move_pages)
CALL(migrate_pages)
CALL(get_robust_list)
CALL(perf_event_open)
CALL(setns)
CALL(prlimit64)
CALL(open)
CALL(creat)
CALL(openat)
CALL(openat2)
CALL(readlink)
CALL(readlinkat)
CALL(kill)
CALL(tkill)
CALL(tgkill)
CALL(rt_sigqueueinfo)
CALL(rt_tgsigqueueinfo)
CALL(pidfd_send_signal)

SEC("kprobe/do_filp_open")
int do_filp_open(struct pt_regs *context)
{
	struct ct_call_target target = target_of_copy(context);

	if (!config.detect) /* the entry has reported it */
		respond_to_copy(&target);
	return 0;
}
