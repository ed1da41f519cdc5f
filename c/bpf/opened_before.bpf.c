/*
 * opened_before.bpf.c - refuses reading files of /proc/PID that were opened before PID was protected. It runs at every
 * read of every file, so it is attached only when needed (enforcer/processes/opened_before.h).
 */
#define CT_PROBE
#include "bpf/access/report.h"

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"
#include "bpf/kernel/proc_inodes.h"

HOOK(file_permission)
int BPF_PROG(file_permission, struct file *file, int mask)
{
	struct inode *inode = file->f_inode;
	struct ct_process *process;
	struct task_struct *task;
	struct ct_name name;

	if (inode->i_sb->s_magic != PROC_SUPER_MAGIC)
		return 0;
	name = name_of(file->f_path.dentry);
	if (config.lock && IS(&name, "kcore"))
		return is_exempt() ? 0 : refuse(CT_P_file_permission, CT_V_kcore, mask, NULL, 0);
	if (vector_of_file(&name) == CT_V_COUNT)
		return 0;
	task = task_of_inode(inode);
	process = task ? protected_from_current(task) : NULL;
	if (!process)
		return 0;
	return refuse(CT_P_file_permission,
		      process->tree == CT_AGENT_TREE ? CT_V_agent_memory : CT_V_proc_open_earlier, mask,
		      task, process->tree);
}
