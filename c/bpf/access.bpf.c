/*
 * access.bpf.c - reading or controlling a protected process: ptrace and every other call that makes ptrace's check,
 * signals, limits, perf. Built for BPF LSM and for fmod_ret (access/hook.h). It uses no bpf_probe_read_kernel, so it
 * loads under lockdown=confidentiality.
 */
#include "bpf/access/report.h"

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"
#include "bpf/access/perfmon_retry.inc.h"
#include "bpf/kernel/syscall_numbers.h"
#include "bpf/processes/add_remove.h"

#define PTRACE_MODE_READ 0x01
#define PTRACE_MODE_NOAUDIT 0x04
/* harmless signals, and those with which service managers end a service: 0 TERM CHLD CONT URG WINCH */
#define POLITE_SIGNALS (1u << 0 | 1u << 15 | 1u << 17 | 1u << 18 | 1u << 23 | 1u << 28)
#define SIGRTMIN 32
#define CLONE_THREAD 0x00010000

/* The state of a path walk: at a magic link of /proc, or opening the file that it found. */
static __always_inline u32 vector_of_walk(struct nameidata *walk)
{
	struct dentry *at = walk->path.dentry;
	struct ct_name name = name_of(at), above;
	u32 vector;

	if (at->d_sb->s_magic != PROC_SUPER_MAGIC)
		return CT_V_proc_state;
	if (walk->depth > 0) { /* at a link in the directory `at` */
		if (IS(&name, "ns"))
			return CT_V_namespace_entry;
		return IS(&name, "fd") || IS(&name, "map_files") ? CT_V_proc_fd : CT_V_proc_links;
	}
	vector = vector_of_file(&name);
	if (vector != CT_V_COUNT)
		return vector;
	above = name_of(at->d_parent);
	return IS(&name, "map_files") || IS(&name, "fdinfo") || IS(&above, "fdinfo") ? CT_V_proc_fd :
											CT_V_proc_state;
}

static __always_inline u32 vector_of_check(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 vector = vector_of_call();

	if (vector != CT_V_OTHER)
		return vector;
	return task->nameidata ? vector_of_walk(task->nameidata) : CT_V_proc_state;
}

/*
 * The lock lets the enforcer's executable open the maps, so only a process with the same executable (a self-test's
 * child) may control one that runs it.
 */
static __always_inline bool runs_enforcer(struct task_struct *task)
{
	return config.lock && is_our_file(task->mm->exe_file->f_inode) && task->tgid != current_tgid() &&
	       !is_enforcer();
}

HOOK(ptrace_access_check)
int BPF_PROG(ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	struct ct_process *process = protected_from_current(child);
	u32 tree = process ? process->tree : CT_AGENT_TREE;
	u32 vector;

	if (!process && !runs_enforcer(child))
		return 0;
	if (mode & PTRACE_MODE_NOAUDIT) /* ps(1) reads /proc/PID/stat, where the kernel then omits fields */
		return config.detect ? 0 : -EPERM;
	vector = vector_of_check();
	if (vector == CT_V_namespace_entry && config.exec_allow)
		return 0;
	if (tree == CT_AGENT_TREE)
		vector = CT_V_agent_memory;
	if (config.perfmon_retry && !config.detect && (mode & PTRACE_MODE_READ))
		remember_refusal();
	return refuse(CT_P_ptrace_access_check, vector, mode, child, tree);
}

/* Loaded only where needed (enforcer/programs/load.c), because it runs often. */
HOOK(capable)
int BPF_PROG(capable, const struct cred *cred, struct user_namespace *ns, int capability)
{
	if (capability != CAP_PERFMON && capability != CAP_SYS_ADMIN)
		return 0;
	return config.perfmon_retry && was_refused() ? -EPERM : 0;
}

HOOK(ptrace_traceme)
int BPF_PROG(ptrace_traceme, struct task_struct *parent)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ct_process *process = current_process();

	if (!process || find_process(parent))
		return 0; /* a protected parent may trace its children */
	return refuse(CT_P_ptrace_traceme, CT_V_ptrace_traceme, parent->tgid, task, process->tree);
}

static __always_inline bool is_core_signal(int signal)
{
	return CORE_SIGNALS & 1u << signal;
}

static __always_inline int judge_signal_to_agent(struct task_struct *task, int signal, u32 program)
{
	struct ct_attempt attempt = {
		.program = program,
		.vector = CT_V_agent_signal,
		.action = CT_SEEN,
		.arg = signal,
	};

	if (config.lock)
		return refuse(program, CT_V_agent_signal, signal, task, CT_AGENT_TREE);
	set_target(&attempt, task, CT_AGENT_TREE);
	report(&attempt); /* without the lock an operator must be able to stop the agent */
	return 0;
}

/*
 * Signals that end a protected process are allowed; those that dump its core are not, unless it cannot dump.
 * by_current: the current process sends the signal, so those within one process tree pass.
 */
static __always_inline int judge_signal(struct task_struct *task, int signal, u32 program, bool by_current)
{
	struct ct_process *process, *sender;

	if (signal < 0 || signal >= SIGRTMIN || (by_current && GET(task, tgid) == current_tgid()))
		return 0;
	if (!is_core_signal(signal) && (POLITE_SIGNALS & 1u << signal))
		return 0;
	process = find_process(task);
	if (!process)
		return 0;
	sender = by_current ? current_process() : NULL;
	if (sender && sender->tree == process->tree)
		return 0;
	if (process->tree == CT_AGENT_TREE)
		return judge_signal_to_agent(task, signal, program);
	if (!is_core_signal(signal) || !is_dumpable(task))
		return 0;
	return refuse(program, CT_V_core_signal, signal, task, process->tree);
}

HOOK(task_kill)
int BPF_PROG(task_kill, struct task_struct *task, struct kernel_siginfo *info, int signal)
{
	return judge_signal(task, signal, CT_P_task_kill, true);
}

/*
 * fcntl(F_SETSIG) makes a file send any signal. The sender is unknown: current writes to the file or was interrupted,
 * and may be the protected process itself.
 */
HOOK(file_send_sigiotask)
int BPF_PROG(file_send_sigiotask, struct task_struct *task, struct fown_struct *owner, int signal)
{
	return judge_signal(task, signal, CT_P_file_send_sigiotask, false);
}

/* RLIMIT_CORE would permit a core dump, RLIMIT_MEMLOCK would permit swapping secrets. */
HOOK(task_setrlimit)
int BPF_PROG(task_setrlimit, struct task_struct *task, unsigned int resource)
{
	struct ct_process *process = protected_from_current(task);

	if (!process)
		return 0;
	return refuse(CT_P_task_setrlimit, CT_V_core_signal, resource, task, process->tree);
}

/* With CAP_PERFMON, perf_event_open(2) makes no ptrace check. */
HOOK(perf_event_alloc)
int BPF_PROG(perf_event_alloc, struct perf_event *event)
{
	struct task_struct *task = event->hw.target;
	struct ct_process *process;

	if (!task)
		return 0; /* a whole processor: lock.bpf.c */
	process = protected_from_current(task);
	if (!process)
		return 0;
	return refuse(CT_P_perf_event_alloc, CT_V_perf_task, event->attr.type, task, process->tree);
}

/*
 * The current process forks. Without room for the child in its tree or in the table the fork fails, because the child
 * would be unprotected. An unprotected process removes what an earlier failed fork left at this address.
 */
HOOK(task_alloc)
int BPF_PROG(task_alloc, struct task_struct *task, unsigned long flags)
{
	struct ct_process *process = current_process();
	u64 address = (u64)task;
	struct ct_forking_task forking;

	if (!process || process->tree == CT_AGENT_TREE) {
		bpf_map_delete_elem(&forking_tasks, &address);
		return 0;
	}
	if (flags & CLONE_THREAD)
		return 0;
	if (!config.detect && !has_room(process->tree))
		return -EAGAIN;
	forking.time = bpf_ktime_get_boot_ns();
	forking.parent = *process;
	bpf_map_update_elem(&forking_tasks, &address, &forking, BPF_ANY);
	return 0;
}
