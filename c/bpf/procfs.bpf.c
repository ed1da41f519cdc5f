/*
 * procfs.bpf.c - files of /proc/PID, judged by whose they are when they are opened, whatever path led there:
 * some ask nobody else (cmdline, clear_refs). As LSM and as fmod_ret (hook.h).
 */
#define CT_PROBE
#include "report.h"

#include "hook.h"
#include "numbers.h"
#include "opened.h"
#include "procfiles.h"

/* The kernel kills first whose oom_score_adj is highest; under the lock nobody else chooses us. */
static __always_inline bool is_oom_score(struct file *file, const struct ct_name *name)
{
	return config.lock && (file->f_mode & FMODE_WRITE) && (IS(name, "oom_score_adj") || IS(name, "oom_adj"));
}

HOOK(file_open)
int BPF_PROG(file_open, struct file *file)
{
	struct inode *inode = file->f_inode;
	struct ct_member *member;
	struct task_struct *task;
	struct ct_name name;
	bool oom_score;
	u32 vector;

	if (inode->i_sb->s_magic != PROC_SUPER_MAGIC)
		return 0;
	name = name_of(file->f_path.dentry);
	vector = vector_of_file(&name);
	oom_score = is_oom_score(file, &name);
	if (vector == CT_V_COUNT && !oom_score)
		return 0;
	task = task_of_inode(inode);
	member = task ? forbidden(task) : NULL;
	if (task && !member && !config.lock)
		note_opened(task);
	if (!member || (oom_score && member->family != CT_AGENT_FAMILY))
		return 0;
	if (member->family == CT_AGENT_FAMILY)
		vector = oom_score ? CT_V_agent_signal : CT_V_agent_memory;
	else if (vector_of_call() == CT_V_io_uring)
		vector = CT_V_io_uring;
	return refuse(CT_P_file_open, vector, file->f_mode, task, member->family);
}
