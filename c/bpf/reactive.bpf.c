/*
 * reactive.bpf.c - kills the attacker where no system call can be refused: at entry for calls that name a target, in
 * do_filp_open() for paths, at exit for opened files. The attacker may have read something, which ends with it, unless
 * another process shares its descriptors.
 */
#define CT_PROBE
#define CT_BACKEND CT_BACKEND_REACTIVE
#include "bpf/access/kill.h"

/* Opened files are checked at exit, by inode, so the form of the path does not matter. */
static __always_inline bool waits_for_exit(u32 vector)
{
	return vector >= CT_V_proc_mem && vector <= CT_V_proc_state;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long number)
{
	u32 call = call_of(number);
	struct ct_arguments arguments;
	struct ct_process *process;
	struct ct_call_target target;

	if (call == CT_P_COUNT || config.synchronous || (config.path_copies && is_opening(call)))
		return 0;
	arguments = arguments_of((void *)regs);
	target = target_of_call(call, &arguments);
	if (waits_for_exit(target.vector))
		return 0;
	process = protected_target(call, &target);
	if (process && !(process->tree == CT_AGENT_TREE && target.vector == CT_V_core_signal))
		respond(CT_P_sys_enter, call, &target, process->tree);
	return 0;
}

SEC("kprobe/do_filp_open")
int do_filp_open(struct pt_regs *context)
{
	struct ct_call_target target = target_of_copy(context);

	if (!config.synchronous && !waits_for_exit(target.vector))
		respond_to_copy(&target);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long result)
{
	struct pt_regs___user *user = (void *)regs;
	struct ct_call_target target = {};
	struct ct_process *process;
	struct ct_name name;
	struct inode *inode;
	struct file *file;
	u32 call;

	if (result < 0)
		return 0;
	call = call_of(CALL_NUMBER(user));
	if (!is_opening(call))
		return 0;
	file = file_of(result);
	inode = file ? BPF_CORE_READ(file, f_inode) : NULL;
	if (!inode || BPF_CORE_READ(inode, i_sb, s_magic) != PROC_SUPER_MAGIC)
		return 0;
	name = name_probed(BPF_CORE_READ(file, f_path.dentry));
	target.vector = vector_of_file(&name);
	target.task = target.vector == CT_V_COUNT ? NULL : task_of_inode(inode);
	process = target.task ? protected_from_current(target.task) : NULL;
	if (process)
		respond(CT_P_sys_exit, call, &target, process->tree);
	return 0;
}
