/*
 * code.h - the files whose code protected processes run. Whoever writes to one while it is mapped makes them run
 * what he wrote; so under the lock nobody may but the family itself.
 *
 * They are taken from the mapping, not from the hook that is asked before it: with overlayfs, that one gets the
 * overlay's file, and what is mapped, and would be written to below it, is a layer's.
 */
#ifndef CT_CODE_H
#define CT_CODE_H

#include "members.h"

static __always_inline struct ct_file file_of_inode(struct inode *inode)
{
	struct super_block *super = GET(inode, i_sb);

	return (struct ct_file){
		.inode = GET(inode, i_ino),
		.device = GET(super, s_dev),
		.generation = GET(inode, i_generation),
	};
}

static __always_inline void note_code(struct vm_area_struct *area, u32 family)
{
	struct file *file = GET(area, vm_file);
	struct ct_file key;
	struct inode *inode;
	u32 *owner;

	if (!file || !(GET(area, vm_flags) & VM_EXEC))
		return;
	inode = GET(file, f_inode);
	if ((GET(inode, i_mode) & S_IFMT) != S_IFREG)
		return;
	key = file_of_inode(inode);
	if (!bpf_map_update_elem(&code_files, &key, &family, BPF_NOEXIST))
		return;
	owner = bpf_map_lookup_elem(&code_files, &key);
	if (owner && *owner != family)
		*owner = 0;
}

/* May the current process not write to it? What nobody has mapped nobody runs now. */
static __always_inline bool is_code_of_others(struct inode *inode)
{
	struct address_space *pages = GET(inode, i_mapping);
	struct ct_member *member;
	struct ct_file key;
	u32 *owner;

	if (!GET(pages, i_mmap.rb_root.rb_node))
		return false;
	key = file_of_inode(inode);
	owner = bpf_map_lookup_elem(&code_files, &key);
	if (!owner)
		return false;
	member = current_member();
	return !member || member->family != *owner;
}

#endif
