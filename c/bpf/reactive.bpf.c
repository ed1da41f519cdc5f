/*
 * reactive.bpf.c - kills the attacker where no system call can be refused: at entry for calls that name a target, at
 * exit for opened files. The attacker may have read something, which ends with it, unless another process shares its
 * descriptors.
 */
#define CT_PROBE
#define CT_BACKEND CT_BACKEND_REACTIVE
#include "bpf/access/syscall_targets.h"

static __always_inline u32 call_of(u32 number)
{
	return is_compat(bpf_get_current_task_btf()) ? call_of_compat(number) : call_of_native(number);
}

/*
 * Ordinary daemons read these too: journald reads cmdline and exe of logging processes, cAdvisor reads links in fd,
 * collectors read io. That is only reported. Process 1 cannot be killed.
 */
static __always_inline bool is_to_be_killed(u32 call, u32 vector)
{
	return call != CT_P_sys_readlink && call != CT_P_sys_readlinkat && vector != CT_V_proc_cmdline &&
	       vector != CT_V_proc_state && current_tgid() != 1 && !config.detect;
}

static __always_inline void respond(u32 program, u32 call, const struct ct_call_target *target, u32 tree)
{
	bool kill = is_to_be_killed(call, target->vector);
	struct ct_attempt attempt = {
		.program = program,
		.vector = tree == CT_AGENT_TREE ? CT_V_agent_memory : target->vector,
		.action = kill ? CT_KILLED : CT_SEEN,
		.arg = target->arg,
	};

	if (tree == CT_AGENT_TREE && !kill && !config.detect)
		return; /* not worth reporting */
	set_target(&attempt, target->task, tree);
	report(&attempt);
	if (kill)
		bpf_send_signal(9);
}

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

	if (call == CT_P_COUNT || config.synchronous)
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
	if (call != CT_P_sys_open && call != CT_P_sys_creat && call != CT_P_sys_openat && call != CT_P_sys_openat2)
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
