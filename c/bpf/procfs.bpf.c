/*
 * procfs.bpf.c - refuses opening files of /proc/PID by their inode, whatever the path. Some make no other check
 * (cmdline, clear_refs). Built for BPF LSM and for fmod_ret (access/hook.h).
 */
#define CT_PROBE
#include "bpf/access/report.h"

#include "bpf/access/hook.h"
#include "bpf/kernel/proc_inodes.h"
#include "bpf/kernel/syscall_numbers.h"
#include "bpf/processes/opened_before.h"

/* The OOM killer prefers a high oom_score_adj; under the lock others cannot set the agent's. */
static __always_inline bool is_oom_score(struct file *file, const struct ct_name *name)
{
	return config.lock && (file->f_mode & FMODE_WRITE) && (IS(name, "oom_score_adj") || IS(name, "oom_adj"));
}

/* NS_MNT_GET_NEXT, NS_MNT_GET_PREV of <linux/nsfs.h>: type and number, without the size */
#define GETS_NEXT 0xb70bu
#define GETS_PREVIOUS 0xb70cu

/* The kernel opens any mount namespace by iteration or by handle, without a ptrace check. */
static __always_inline bool is_namespace_of_anybody(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(task);
	bool compat = is_compat(task);
	u32 number = NATIVE_NUMBER(CALL_NUMBER(regs));
	u32 command = (compat ? CALL_SECOND_COMPAT(regs) : CALL_SECOND(regs)) & 0xffff;

	if (compat ? IS_OPEN_BY_HANDLE_AT_COMPAT(number) : IS_OPEN_BY_HANDLE_AT(number))
		return true;
	return (compat ? IS_IOCTL_COMPAT(number) : IS_IOCTL(number)) && (command == GETS_NEXT || command == GETS_PREVIOUS);
}

HOOK(file_open)
int BPF_PROG(file_open, struct file *file)
{
	struct inode *inode = file->f_inode;
	struct ct_process *process;
	struct task_struct *task;
	struct ct_name name;
	bool oom_score;
	u32 vector;

	if (inode->i_sb->s_magic != PROC_SUPER_MAGIC) {
		if (config.exec_allow || inode->i_sb->s_magic != NSFS_MAGIC || !is_namespace_of_anybody())
			return 0;
		return refuse(CT_P_file_open, CT_V_namespace_entry, file->f_mode, NULL, 0);
	}
	name = name_of(file->f_path.dentry);
	vector = vector_of_file(&name);
	oom_score = is_oom_score(file, &name);
	if (vector == CT_V_COUNT && !oom_score)
		return 0;
	task = task_of_inode(inode);
	if (!task)
		return 0;
	if (!config.lock && vector != CT_V_COUNT)
		note_opened(task, &name);
	process = protected_from_current(task);
	if (!process || (oom_score && process->tree != CT_AGENT_TREE))
		return 0;
	if (process->tree == CT_AGENT_TREE)
		vector = oom_score ? CT_V_agent_signal : CT_V_agent_memory;
	else if (vector_of_call() == CT_V_io_uring)
		vector = CT_V_io_uring;
	return refuse(CT_P_file_open, vector, file->f_mode, task, process->tree);
}
