/*
 * guard.h - the lock's second half, part of lock.bpf.c: our pins and the enforcer's file may be removed,
 * replaced, unmounted or changed by nobody, whatever its name; not by us either.
 */
#ifndef CT_GUARD_H
#define CT_GUARD_H

#include "exempt.h"
#include "hook.h"

#define PIN_DEPTH 4

/* Is it below our directory of the bpffs, or the directory itself? */
static __always_inline bool is_our_pin(struct dentry *dentry)
{
	if (!config.pins_inode || dentry->d_sb->s_dev != config.pins_device)
		return false;
#pragma unroll
	for (int level = 0; level < PIN_DEPTH; level++) {
		if (dentry->d_inode->i_ino == config.pins_inode)
			return true;
		dentry = dentry->d_parent;
	}
	return false;
}

static __always_inline bool is_ours(struct dentry *dentry)
{
	return is_our_pin(dentry) || is_our_file(dentry->d_inode);
}

static __always_inline int judge(u32 program, bool ours)
{
	return ours ? refuse(program, CT_V_agent_pins, 0, NULL, 0) : 0;
}

HOOK(inode_unlink)
int BPF_PROG(inode_unlink, struct inode *directory, struct dentry *dentry)
{
	return judge(CT_P_inode_unlink, is_ours(dentry));
}

/* What is moved, and what it would replace; the latter may not exist, but its directory does. */
HOOK(inode_rename)
int BPF_PROG(inode_rename, struct inode *from_directory, struct dentry *from, struct inode *to_directory,
	     struct dentry *to)
{
	return judge(CT_P_inode_rename, is_ours(from) || is_ours(to));
}

/* Kernels differ in the first argument; user space loads the one of the two that fits (enforcer/load.c). */
HOOK(inode_setattr)
int BPF_PROG(inode_setattr, void *id_map, struct dentry *dentry)
{
	return judge(CT_P_inode_setattr, is_our_file(dentry->d_inode));
}

HOOK(inode_setattr)
int BPF_PROG(inode_setattr_old, struct dentry *dentry)
{
	return judge(CT_P_inode_setattr, is_our_file(dentry->d_inode));
}

HOOK(sb_umount)
int BPF_PROG(sb_umount, struct vfsmount *mount)
{
	struct super_block *super = mount->mnt_sb;

	return judge(CT_P_sb_umount, config.pins_inode && super->s_magic == BPF_FS_MAGIC &&
					     super->s_dev == config.pins_device);
}

#endif
