/*
 * reactive.bpf.c - where nothing can refuse a system call: the caller is killed, at entry for calls that name
 * their target, at the exit of an open for what was opened. The attacker may have got that far; what it read
 * dies with it, unless somebody shares its descriptors.
 */
#define CT_PROBE
#define CT_TIER CT_TIER_REACTIVE
#include "calls.h"

/* CT_P_COUNT: no call of ours. */
static __always_inline u32 call_of_x64(u32 number)
{
	switch (number & ~X32_BIT) {
	case 2: return CT_P_sys_open;
	case 62: return CT_P_sys_kill;
	case 89: return CT_P_sys_readlink;
	case 101: case 521: return CT_P_sys_ptrace;
	case 129: case 524: return CT_P_sys_rt_sigqueueinfo;
	case 200: return CT_P_sys_tkill;
	case 234: return CT_P_sys_tgkill;
	case 256: return CT_P_sys_migrate_pages;
	case 257: return CT_P_sys_openat;
	case 267: return CT_P_sys_readlinkat;
	case 274: case 531: return CT_P_sys_get_robust_list;
	case 279: case 533: return CT_P_sys_move_pages;
	case 297: case 536: return CT_P_sys_rt_tgsigqueueinfo;
	case 298: return CT_P_sys_perf_event_open;
	case 302: return CT_P_sys_prlimit64;
	case 308: return CT_P_sys_setns;
	case 310: case 539: return CT_P_sys_process_vm_readv;
	case 311: case 540: return CT_P_sys_process_vm_writev;
	case 312: return CT_P_sys_kcmp;
	case 424: return CT_P_sys_pidfd_send_signal;
	case 437: return CT_P_sys_openat2;
	case 438: return CT_P_sys_pidfd_getfd;
	case 440: return CT_P_sys_process_madvise;
	default: return CT_P_COUNT;
	}
}

static __always_inline u32 call_of_ia32(u32 number)
{
	switch (number) {
	case 5: return CT_P_sys_open;
	case 26: return CT_P_sys_ptrace;
	case 37: return CT_P_sys_kill;
	case 85: return CT_P_sys_readlink;
	case 178: return CT_P_sys_rt_sigqueueinfo;
	case 238: return CT_P_sys_tkill;
	case 270: return CT_P_sys_tgkill;
	case 294: return CT_P_sys_migrate_pages;
	case 295: return CT_P_sys_openat;
	case 305: return CT_P_sys_readlinkat;
	case 312: return CT_P_sys_get_robust_list;
	case 317: return CT_P_sys_move_pages;
	case 335: return CT_P_sys_rt_tgsigqueueinfo;
	case 336: return CT_P_sys_perf_event_open;
	case 340: return CT_P_sys_prlimit64;
	case 346: return CT_P_sys_setns;
	case 347: return CT_P_sys_process_vm_readv;
	case 348: return CT_P_sys_process_vm_writev;
	case 349: return CT_P_sys_kcmp;
	case 424: return CT_P_sys_pidfd_send_signal;
	case 437: return CT_P_sys_openat2;
	case 438: return CT_P_sys_pidfd_getfd;
	case 440: return CT_P_sys_process_madvise;
	default: return CT_P_COUNT;
	}
}

static __always_inline u32 call_of(u32 number)
{
	return is_compat(bpf_get_current_task_btf()) ? call_of_ia32(number) : call_of_x64(number);
}

/*
 * Whoever dies here may be a daemon that only looks around: journald reads cmdline and the link exe of all that
 * log, cAdvisor the links of fd, collectors read io. That is told, not punished; the first process cannot be.
 */
static __always_inline bool deserves_death(u32 call, u32 vector)
{
	return call != CT_P_sys_readlink && call != CT_P_sys_readlinkat && vector != CT_V_proc_cmdline &&
	       vector != CT_V_proc_state && current_tgid() != 1 && !config.detect;
}

static __always_inline void answer(u32 program, u32 call, const struct ct_aim *aim, u32 family)
{
	bool kill = deserves_death(call, aim->vector);
	struct ct_step step = {
		.program = program,
		.vector = family == CT_AGENT_FAMILY ? CT_V_agent_memory : aim->vector,
		.action = kill ? CT_KILLED : CT_SEEN,
		.arg = aim->arg,
	};

	if (family == CT_AGENT_FAMILY && !kill && !config.detect)
		return; /* who looks at us is no news */
	aim_at(&step, aim->task, family);
	report(&step);
	if (kill)
		bpf_send_signal(9);
}

/* Opened files are judged at the exit, by what they are: no form of path escapes that. */
static __always_inline bool waits_for_exit(u32 vector)
{
	return vector >= CT_V_proc_mem && vector <= CT_V_proc_state;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long number)
{
	u32 call = call_of(number);
	struct ct_arguments arguments;
	struct ct_member *member;
	struct ct_aim aim;

	if (call == CT_P_COUNT || config.synchronous)
		return 0;
	arguments = arguments_of((void *)regs);
	aim = aim_of(call, &arguments);
	if (waits_for_exit(aim.vector))
		return 0;
	member = forbidden_aim(call, &aim);
	if (member && !(member->family == CT_AGENT_FAMILY && aim.vector == CT_V_core_signal))
		answer(CT_P_sys_enter, call, &aim, member->family);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long result)
{
	struct pt_regs___user *user = (void *)regs;
	struct ct_aim aim = {};
	struct ct_member *member;
	struct ct_name name;
	struct inode *inode;
	struct file *file;
	u32 call;

	if (result < 0)
		return 0;
	call = call_of(user->orig_ax);
	if (call != CT_P_sys_open && call != CT_P_sys_openat && call != CT_P_sys_openat2)
		return 0;
	file = file_of(result);
	inode = file ? BPF_CORE_READ(file, f_inode) : NULL;
	if (!inode || BPF_CORE_READ(inode, i_sb, s_magic) != PROC_SUPER_MAGIC)
		return 0;
	name = name_probed(BPF_CORE_READ(file, f_path.dentry));
	aim.vector = vector_of_file(&name);
	aim.task = aim.vector == CT_V_COUNT ? NULL : task_of_inode(inode);
	member = aim.task ? forbidden(aim.task) : NULL;
	if (member)
		answer(CT_P_sys_exit, call, &aim, member->family);
	return 0;
}
