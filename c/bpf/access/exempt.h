/*
 * exempt.h - exemptions from the lock: executables that the operator names (a name is not an identity), and the
 * enforcer, by inode, for its own needs.
 */
#pragma once

#include "report.h"

static __always_inline bool is_allowlisted(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	char exe[CT_ALLOWED_SIZE] __attribute__((aligned(8)));
	const u64 *words = (const u64 *)exe;

	if (!config.allowed_count)
		return false;
	copy_exe(task->mm->exe_file->f_path.dentry, exe);
	if (!words[0])
		return false;
	for (u32 index = 0; index < CT_MAX_ALLOWED; index++) {
		const volatile u64 *name = (const volatile u64 *)config.name[index];

		if (index >= config.allowed_count)
			break;
		if (name[0] == words[0] && name[1] == words[1] && name[2] == words[2] && name[3] == words[3])
			return true;
	}
	return false;
}

static __always_inline bool is_kernel(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->flags & PF_KTHREAD;
}

static __always_inline bool is_exempt(void)
{
	return is_kernel() || is_allowlisted();
}

static __always_inline bool is_our_file(struct inode *inode)
{
	return config.exe_inode && inode->i_ino == config.exe_inode && inode->i_sb->s_dev == config.exe_device;
}

/* A traced enforcer would lend the exemption to its tracer. */
static __always_inline bool is_enforcer(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return is_our_file(task->mm->exe_file->f_inode) && !task->ptrace;
}
