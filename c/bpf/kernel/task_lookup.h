/*
 * task_lookup.h - finds tasks by the arguments of system calls: pids in the caller's PID namespace, pidfds, directory
 * descriptors. It walks the kernel's own tables. Needs bpf_probe_read_kernel.
 */
#pragma once

#include "proc_inodes.h"

#define XA_LEVELS 6
#define ERROR_POINTER ((u64)-4096)

/* A radix tree entry that is a node: low bits 10, and not a small integer (include/linux/xarray.h). */
static __always_inline bool is_node(u64 entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

static __always_inline struct pid *pid_in(struct pid_namespace *ns, u32 number)
{
	u64 entry = (u64)BPF_CORE_READ(ns, idr.idr_rt.xa_head);
	u32 slots = bpf_core_field_size(((struct xa_node *)0)->slots) / sizeof(void *);
	u32 index = number - BPF_CORE_READ(ns, idr.idr_base);

	for (int level = 0; level < XA_LEVELS; level++) {
		struct xa_node *node = (void *)(entry - 2);
		u32 shift;
		void **slot;

		if (!is_node(entry))
			break;
		shift = BPF_CORE_READ(node, shift);
		if (shift > 30 || (level == 0 && index >> shift >= slots))
			return NULL;
		slot = (void *)node + bpf_core_field_offset(struct xa_node, slots);
		slot += (index >> shift) & (slots - 1);
		entry = 0;
		bpf_probe_read_kernel(&entry, sizeof(entry), slot);
	}
	return entry && !(entry & 3) ? (struct pid *)entry : NULL;
}

static __always_inline struct task_struct *task_by_number(u32 number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	/* untyped, because the verifier allows no variable offset in a typed pointer */
	struct pid *own = BPF_CORE_READ(task, thread_pid);
	struct pid_namespace *ns;
	void *numbers;

	if (!own || (int)number <= 0)
		return NULL;
	numbers = (void *)own + bpf_core_field_offset(struct pid, numbers);
	numbers += BPF_CORE_READ(own, level) * bpf_core_type_size(struct upid);
	ns = BPF_CORE_READ((struct upid *)numbers, ns);
	return ns ? task_of_pid(pid_in(ns, number)) : NULL;
}

static __always_inline struct file *file_of(u32 descriptor)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *table = task->files->fdt;
	struct file *file = NULL;

	if (!table || descriptor >= table->max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), table->fd + descriptor);
	return file;
}

static __always_inline bool is_named_pidfd(struct file *file)
{
	char name[8] = {};

	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	return name[0] == '[' && name[1] == 'p' && name[2] == 'i' && name[3] == 'd' && name[4] == 'f' &&
	       name[5] == 'd' && name[6] == ']' && !name[7];
}

/* Until 6.8 a pidfd is an anonymous inode, then it is on a file system of its own. */
static __always_inline struct task_struct *task_by_pidfd(u32 descriptor)
{
	struct file *file = file_of(descriptor);
	unsigned long magic;

	if (!file)
		return NULL;
	magic = BPF_CORE_READ(file, f_inode, i_sb, s_magic);
	if (magic == PID_FS_MAGIC)
		return task_of_pid(BPF_CORE_READ(file, f_inode, i_private));
	if (magic == ANON_INODE_FS_MAGIC && is_named_pidfd(file))
		return task_of_pid(BPF_CORE_READ(file, private_data));
	return NULL;
}

/* The process whose /proc directory it is: AT_FDCWD or a descriptor. */
static __always_inline struct task_struct *task_by_directory(int directory)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct inode *inode;
	struct file *file;

	if (directory < 0) {
		inode = task->fs->pwd.dentry->d_inode;
	} else {
		file = file_of(directory);
		inode = file ? BPF_CORE_READ(file, f_inode) : NULL;
	}
	if (!inode || BPF_CORE_READ(inode, i_sb, s_magic) != PROC_SUPER_MAGIC)
		return NULL;
	return task_of_inode(inode);
}
