/*
 * code_files.h - files whose code protected processes run. Writing to a mapped file changes what they execute, so under
 * the lock only their own process tree may.
 *
 * The file comes from the mapping, not from the mmap_file hook: with overlayfs the hook gets the overlay's file, but
 * the mapped file is a layer's.
 */
#pragma once

#include "processes.h"

static __always_inline void note_code(struct vm_area_struct *area, u32 tree)
{
	struct file *file = GET(area, vm_file);
	struct inode *inode;
	u32 *owner, none = 0;
	u64 key;

	if (!file || !(GET(area, vm_flags) & VM_EXEC))
		return;
	inode = GET(file, f_inode);
	if ((GET(inode, i_mode) & S_IFMT) != S_IFREG)
		return;
	key = (u64)inode;
	if (!bpf_map_update_elem(&code_files, &key, &tree, BPF_NOEXIST))
		return;
	owner = bpf_map_lookup_elem(&code_files, &key);
	if (!owner || *owner != tree) /* or the enforcer is just removing an ended tree */
		bpf_map_update_elem(&code_files, &key, &none, BPF_ANY);
}

/* The current process may not write to it. A file without mappings does not run. */
static __always_inline bool is_code_of_others(struct inode *inode)
{
	struct address_space *pages = GET(inode, i_mapping);
	struct ct_process *process;
	u64 key = (u64)inode;
	u32 *owner;

	if (!GET(pages, i_mmap.rb_root.rb_node))
		return false;
	owner = bpf_map_lookup_elem(&code_files, &key);
	if (!owner)
		return false;
	process = current_process();
	return !process || process->tree != *owner;
}
