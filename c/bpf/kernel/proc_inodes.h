/*
 * proc_inodes.h - finds the process of a /proc inode. Needs bpf_probe_read_kernel, because container_of() has no BTF
 * type.
 */
#pragma once

#include "bpf/processes/processes.h"
#include "file_names.h"

static __always_inline struct task_struct *task_of_pid(struct pid *pid)
{
	struct hlist_node *node;

	if (!pid)
		return NULL;
	node = BPF_CORE_READ(pid, tasks[0].first); /* PIDTYPE_PID */
	if (!node)
		return NULL;
	return (void *)node - bpf_core_field_offset(struct task_struct, pid_links);
}

/* The process or thread to which a procfs inode belongs, or NULL. */
static __always_inline struct task_struct *task_of_inode(struct inode *inode)
{
	struct proc_inode *proc = (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);

	return task_of_pid(BPF_CORE_READ(proc, pid));
}

/* name_of() for an untyped dentry. */
static __always_inline struct ct_name name_probed(struct dentry *dentry)
{
	struct ct_name name = { .length = BPF_CORE_READ(dentry, d_name.len) };
	u64 words[2] = {};

	if (name.length == 0 || name.length > 16)
		return name;
	bpf_probe_read_kernel(words, sizeof(words), BPF_CORE_READ(dentry, d_name.name));
	name.head = first_bytes(words[0], name.length);
	if (name.length > 8)
		name.tail = first_bytes(words[1], name.length - 8);
	return name;
}
