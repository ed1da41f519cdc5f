/*
 * file_types.inc.h - part of types.h: files, names, mappings and file systems.
 */
#pragma once

#define FMODE_WRITE 0x2
#define VM_EXEC 0x4
#define MAP_SHARED 0x1 /* set in MAP_SHARED_VALIDATE too, but not in MAP_PRIVATE */
#define ATTR_SIZE (1u << 3)
#define S_IFMT 0170000
#define S_IFREG 0100000

#define PROC_SUPER_MAGIC 0x9fa0
#define BPF_FS_MAGIC 0xcafe4a11
#define CGROUP2_SUPER_MAGIC 0x63677270
#define DEBUGFS_MAGIC 0x64626720
#define TRACEFS_MAGIC 0x74726163
#define SYSFS_MAGIC 0x62656572
#define NSFS_MAGIC 0x6e736673
#define PID_FS_MAGIC 0x50494446
#define ANON_INODE_FS_MAGIC 0x09041934

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pid;

struct qstr {
	u32 len;
	const unsigned char *name;
};
struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};
struct rb_node;
struct rb_root {
	struct rb_node *rb_node;
};
struct rb_root_cached {
	struct rb_root rb_root;
};
struct address_space {
	struct rb_root_cached i_mmap;
};
struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	unsigned long i_ino;
	void *i_private;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	unsigned char d_iname[32]; /* 40 in newer kernels, d_shortname since 6.15 */
	struct super_block *d_sb;
};
struct dentry___shortname {
	union {
		unsigned char string[32];
	} d_shortname;
};
struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};
struct filename {
	const char *name;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	unsigned int f_mode;
	void *private_data;
	struct inode *f_inode;
	struct path f_path;
};
struct linux_binprm {
	struct file *file;
};
struct nameidata {
	struct path path;
	unsigned int depth;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct iattr {
	unsigned int ia_valid;
};
struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};
struct vm_area_struct___list {
	struct vm_area_struct *vm_next; /* until 6.0 */
};

#pragma clang attribute pop
