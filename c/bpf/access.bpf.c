/*
 * access.bpf.c - reading or steering a member: ptrace and all that asks ptrace's question, signals, limits,
 * perf. As LSM and as fmod_ret (hook.h). No program needs bpf_probe_read_kernel: it loads under
 * lockdown=confidentiality.
 */
#include "bpf/access/report.h"

#include "bpf/access/exempt.h"
#include "bpf/processes/add_remove.h"
#include "bpf/access/hook.h"
#include "bpf/kernel/syscall_numbers.h"
#include "bpf/access/perfmon_retry.inc.h"

#define PTRACE_MODE_READ 0x01
#define PTRACE_MODE_NOAUDIT 0x04
#define CORE_SIGNALS                                                                               \
	(1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 11 | 1u << 24 | 1u << 25 | 1u << 31)
/* signals that a service manager ends a service with, and what does no harm: 0 TERM CHLD CONT URG WINCH */
#define POLITE_SIGNALS (1u << 0 | 1u << 15 | 1u << 17 | 1u << 18 | 1u << 23 | 1u << 28)
#define SIGRTMIN 32
#define CLONE_THREAD 0x00010000

/* Where a path walk is: following a magic link of /proc, or opening what it found. */
static __always_inline u32 vector_of_walk(struct nameidata *walk)
{
	struct dentry *at = walk->path.dentry;
	struct ct_name name = name_of(at), above;
	u32 vector;

	if (at->d_sb->s_magic != PROC_SUPER_MAGIC)
		return CT_V_proc_state;
	if (walk->depth > 0) { /* a link in the directory `at` */
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
 * Under the lock the enforcer's executable may open our maps; so nobody may steer whoever runs it, but one that
 * runs it too: the self-test's children.
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
	if (mode & PTRACE_MODE_NOAUDIT) /* ps(1) reading /proc/PID/stat: the kernel leaves some fields out */
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

/* Loaded where it is needed only (enforcer/load.c): it is asked often. */
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
		return 0; /* a member may trace its own children, and this asks the parent to */
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
	report(&attempt); /* without the lock an operator must be able to stop us */
	return 0;
}

/*
 * A member's end is nobody's secret; its core dump is. Who cannot dump core may be sent SIGQUIT.
 * by_current: the current process sends it, so its own and its family's signals pass.
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
 * fcntl(F_SETSIG) lets a file send any signal. Nobody knows who asked for it: current is whoever writes to the
 * file, or whoever an interrupt met, the member itself too.
 */
HOOK(file_send_sigiotask)
int BPF_PROG(file_send_sigiotask, struct task_struct *task, struct fown_struct *owner, int signal)
{
	return judge_signal(task, signal, CT_P_file_send_sigiotask, false);
}

/* RLIMIT_CORE would get a dump, RLIMIT_MEMLOCK would get secrets swapped: a member's limits are its own. */
HOOK(task_setrlimit)
int BPF_PROG(task_setrlimit, struct task_struct *task, unsigned int resource)
{
	struct ct_process *process = protected_from_current(task);

	if (!process)
		return 0;
	return refuse(CT_P_task_setrlimit, CT_V_core_signal, resource, task, process->tree);
}

/* perf_event_open(2) with CAP_PERFMON does not ask ptrace's question. */
HOOK(perf_event_alloc)
int BPF_PROG(perf_event_alloc, struct perf_event *event)
{
	struct task_struct *task = event->hw.target;
	struct ct_process *process;

	if (!task)
		return 0; /* a whole CPU: the lock's business */
	process = protected_from_current(task);
	if (!process)
		return 0;
	return refuse(CT_P_perf_event_alloc, CT_V_perf_task, event->attr.type, task, process->tree);
}

/*
 * current makes a process. A full family, or a full table, gets no more: what would not be in it would not be
 * protected. Who is no member takes away what may lie under the address from an earlier fork that failed.
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
