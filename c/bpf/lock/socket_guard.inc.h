/*
 * socket_guard.inc.h - part of lock.bpf.c: only the enforcer, recognised by its executable (access/exempt.h), may
 * create, rename or remove anything in the directory of the agent's socket. So no other process can listen there, and
 * the next agent can.
 */
#pragma once

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"

/* Newer verifiers require a check of the inode. */
static __always_inline bool is_socket_directory(struct inode *inode)
{
	return inode && config.socket_directory && inode->i_ino == config.socket_directory &&
	       inode->i_sb->s_dev == config.socket_device;
}

#define SOCKET_DEPTH 3

/* Below the directory, existing or not. */
static __always_inline bool is_in_socket_directory(struct dentry *dentry)
{
	if (!config.socket_directory || dentry->d_sb->s_dev != config.socket_device)
		return false;
#pragma unroll
	for (int level = 0; level < SOCKET_DEPTH; level++) {
		dentry = dentry->d_parent;
		if (dentry->d_inode->i_ino == config.socket_directory)
			return true;
	}
	return false;
}

/* A parent of the socket's directory on the same file system, such as /run. */
static __always_inline bool is_above_socket(struct inode *inode)
{
	u64 number;

	if (!inode || !config.socket_directory || inode->i_sb->s_dev != config.socket_device)
		return false;
	number = inode->i_ino;
#pragma unroll
	for (int level = 0; level < CT_MAX_ANCESTORS; level++)
		if (config.above[level] && config.above[level] == number)
			return true;
	return false;
}

/* The directory, or an existing entry in it. */
static __always_inline bool is_at_socket(struct dentry *dentry)
{
	return is_socket_directory(dentry->d_inode) || is_in_socket_directory(dentry);
}

/* Containers may mount over the parents in their own namespace; container runtimes resolve paths in process 1's. */
static __always_inline bool is_where_process_1_is(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return config.host_mounts && task->nsproxy->mnt_ns->ns.inum == config.host_mounts;
}

/* A mount whose tree contains the directory. Kubelets create and remove bind mounts of the directory itself. */
static __always_inline bool holds_socket(struct dentry *root)
{
	return is_above_socket(root->d_inode) || (root->d_parent == root && is_socket_directory(root->d_inode));
}

static __always_inline int judge_socket(u32 program, bool ours)
{
	return ours && !is_enforcer() ? refuse(program, CT_V_agent_socket, 0, NULL, 0) : 0;
}

HOOK(inode_create)
int BPF_PROG(inode_create, struct inode *directory, struct dentry *dentry)
{
	return judge_socket(CT_P_inode_create, is_in_socket_directory(dentry));
}

HOOK(inode_mknod)
int BPF_PROG(inode_mknod, struct inode *directory, struct dentry *dentry)
{
	return judge_socket(CT_P_inode_mknod, is_in_socket_directory(dentry));
}

HOOK(inode_mkdir)
int BPF_PROG(inode_mkdir, struct inode *directory, struct dentry *dentry)
{
	return judge_socket(CT_P_inode_mkdir, is_in_socket_directory(dentry));
}

HOOK(inode_symlink)
int BPF_PROG(inode_symlink, struct inode *directory, struct dentry *dentry)
{
	return judge_socket(CT_P_inode_symlink, is_in_socket_directory(dentry));
}

HOOK(inode_link)
int BPF_PROG(inode_link, struct dentry *old, struct inode *directory, struct dentry *dentry)
{
	return judge_socket(CT_P_inode_link, is_in_socket_directory(dentry));
}

HOOK(inode_rmdir)
int BPF_PROG(inode_rmdir, struct inode *directory, struct dentry *dentry)
{
	return judge_socket(CT_P_inode_rmdir, is_at_socket(dentry));
}

/* Changes the root of all processes that had the old one. */
HOOK(sb_pivotroot)
int BPF_PROG(sb_pivotroot, const struct path *old, const struct path *new)
{
	return judge_socket(CT_P_sb_pivotroot, is_where_process_1_is());
}

static __always_inline bool moves_socket(struct dentry *from, struct dentry *to)
{
	return is_in_socket_directory(to) || is_at_socket(from) || is_above_socket(from->d_inode);
}

static __always_inline bool hides_socket(struct dentry *at)
{
	return is_at_socket(at) || (is_above_socket(at->d_inode) && is_where_process_1_is());
}
