/*
 * pin_guard.inc.h - part of lock.bpf.c: no process, the enforcer included, may remove, replace, unmount or change the
 * pins and the enforcer's file, or truncate code that runs.
 */
#pragma once

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"
#include "code_guard.inc.h"
#include "socket_guard.inc.h"

#define PIN_DEPTH 4

/* The agent's directory on the bpffs, or an entry below it. */
static __always_inline bool is_our_pin(struct dentry *dentry)
{
	if (!config.pins_inode || dentry->d_sb->s_dev != config.pins_device)
		return false;
#pragma unroll
	for (int level = 0; level < PIN_DEPTH; level++) {
		struct inode *inode = dentry->d_inode;

		if (inode && inode->i_ino == config.pins_inode)
			return true;
		dentry = dentry->d_parent;
	}
	return false;
}

static __always_inline bool is_ours(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return is_our_pin(dentry) || (inode && is_our_file(inode));
}

/*
 * A new entry of that name would replace a guarded one. The dentry may have no inode, but verifiers since 6.4 assume
 * that it has one and remove a check: reading dentry->d_inode would be an oops. d_parent is read without that
 * assumption.
 */
static __always_inline bool would_replace_ours(struct dentry *dentry)
{
	struct dentry *directory = dentry->d_parent;
	struct ct_name name = name_of(dentry);
	const volatile u64 *ours = (const volatile u64 *)config.exe_name;

	if (is_our_pin(directory))
		return true;
	return config.exe_inode && directory->d_sb->s_dev == config.exe_device &&
	       directory->d_inode->i_ino == config.exe_directory && name.length <= 16 && name.head == ours[0] &&
	       name.tail == ours[1];
}

static __always_inline int judge(u32 program, bool ours)
{
	return ours ? refuse(program, CT_V_agent_pins, 0, NULL, 0) : 0;
}

HOOK(inode_unlink)
int BPF_PROG(inode_unlink, struct inode *directory, struct dentry *dentry)
{
	if (is_ours(dentry))
		return judge(CT_P_inode_unlink, true);
	return judge_socket(CT_P_inode_unlink, is_in_socket_directory(dentry));
}

HOOK(inode_rename)
int BPF_PROG(inode_rename, struct inode *from_directory, struct dentry *from, struct inode *to_directory,
	     struct dentry *to)
{
	if (is_ours(from) || would_replace_ours(to))
		return judge(CT_P_inode_rename, true);
	return judge_socket(CT_P_inode_rename, moves_socket(from, to));
}

static __always_inline int judge_change(struct dentry *dentry, struct iattr *change)
{
	struct inode *inode = dentry->d_inode;

	if (is_ours(dentry))
		return judge(CT_P_inode_setattr, true);
	if (is_at_socket(dentry))
		return judge_socket(CT_P_inode_setattr, true);
	if (!(change->ia_valid & ATTR_SIZE) || !inode || !is_code_of_others(inode))
		return 0;
	return judge_code(CT_P_inode_setattr, change->ia_valid);
}

/* The first argument depends on the kernel; user space loads the matching variant (enforcer/programs/load.c). */
HOOK(inode_setattr)
int BPF_PROG(inode_setattr, void *id_map, struct dentry *dentry, struct iattr *change)
{
	return judge_change(dentry, change);
}

HOOK(inode_setattr)
int BPF_PROG(inode_setattr_old, struct dentry *dentry, struct iattr *change)
{
	return judge_change(dentry, change);
}

HOOK(sb_umount)
int BPF_PROG(sb_umount, struct vfsmount *mount)
{
	struct super_block *super = mount->mnt_sb;

	if (config.pins_inode && super->s_magic == BPF_FS_MAGIC && super->s_dev == config.pins_device)
		return judge(CT_P_sb_umount, true);
	return judge_socket(CT_P_sb_umount, holds_socket(mount->mnt_root) && is_where_process_1_is());
}

#define MS_REMOUNT 32
#define MS_MOVE 8192
#define MS_PROPAGATION (1ul << 17 | 1ul << 18 | 1ul << 19 | 1ul << 20) /* unbindable, private, slave, shared */

static __always_inline bool is_our_bpffs(const struct path *at)
{
	return config.pins_inode && at->dentry->d_sb->s_dev == config.pins_device;
}

/* A mount over the pins would hide them from the next enforcer. */
HOOK(sb_mount)
int BPF_PROG(sb_mount, const char *source, const struct path *at, const char *type, unsigned long flags)
{
	if (flags & (MS_REMOUNT | MS_PROPAGATION))
		return 0;
	if (is_our_bpffs(at))
		return judge(CT_P_sb_mount, true);
	if ((flags & MS_MOVE) && is_where_process_1_is()) /* the source is known only by path */
		return judge_socket(CT_P_sb_mount, true);
	return judge_socket(CT_P_sb_mount, hides_socket(at->dentry));
}

HOOK(move_mount)
int BPF_PROG(move_mount, const struct path *from, const struct path *to)
{
	if (is_our_bpffs(to))
		return judge(CT_P_move_mount, true);
	if (is_above_socket(from->dentry->d_inode) && is_where_process_1_is())
		return judge_socket(CT_P_move_mount, true);
	return judge_socket(CT_P_move_mount, hides_socket(to->dentry));
}
