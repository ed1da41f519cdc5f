/*
 * event.h - events from BPF programs to user space, through the ring buffer. Shared by both: fixed widths only.
 */
#pragma once

#include <linux/types.h>

#include "vectors.h"

#define CT_COMM_SIZE 16
#define CT_EXE_SIZE 32

/* Blocking mechanisms, in the order of the report and the status. */
enum ct_backend { CT_BACKEND_LSM, CT_BACKEND_FMOD, CT_BACKEND_KPROBE, CT_BACKEND_REACTIVE, CT_BACKENDS };

enum ct_action { CT_BLOCKED, CT_KILLED, CT_SEEN };

enum ct_kind {
	CT_ACCESS, /* an attack */
	CT_ENDED,  /* the last process of target.tree ended; only time is set */
};

/* The programs, in the order of their numbers. A program of two backends has one number. */
#define CT_PROGRAMS(P)                                                                             \
	P(ptrace_access_check) P(ptrace_traceme) P(task_kill) P(file_send_sigiotask)                   \
	P(task_setrlimit) P(perf_event_alloc) P(task_alloc) P(capable) P(file_open) P(file_permission) P(bpf)     \
	P(locked_down) P(kernel_read_file) P(kernel_load_data) P(file_ioctl) P(file_ioctl_compat) P(task_prctl) P(bprm_check_security) P(inode_unlink) P(inode_rename)         \
	P(inode_setattr) P(sb_umount) P(sb_mount) P(move_mount) P(inode_create) P(inode_mknod) P(inode_mkdir)     \
	P(inode_symlink) P(inode_link) P(inode_rmdir) P(sb_pivotroot) P(sys_ptrace) P(sys_process_vm_readv) P(sys_process_vm_writev)   \
	P(sys_kcmp) P(sys_pidfd_getfd) P(sys_process_madvise) P(sys_move_pages) P(sys_migrate_pages)   \
	P(sys_get_robust_list) P(sys_perf_event_open) P(sys_setns) P(sys_prlimit64) P(sys_open)        \
	P(sys_creat) P(sys_openat) P(sys_openat2) P(sys_readlink) P(sys_readlinkat) P(sys_kill) P(sys_tkill) P(sys_tgkill)  \
	P(sys_rt_sigqueueinfo) P(sys_rt_tgsigqueueinfo) P(sys_pidfd_send_signal) P(sys_enter)         \
	P(sys_exit) P(sched_process_fork) P(sched_process_free) P(cgroup_attach_task)         \
	P(perf_event_mmap) P(mmap_file) P(security_inode_free) P(find_listener) P(do_filp_open)

enum ct_program {
#define CT_PROGRAM_NUMBER(name) CT_P_##name,
	CT_PROGRAMS(CT_PROGRAM_NUMBER)
#undef CT_PROGRAM_NUMBER
	CT_P_COUNT
};

struct ct_attacker {
	__u32 tgid, tid, uid; /* in the initial namespaces */
	__u32 tree;           /* 0: not protected */
	__u64 cgroup;         /* cgroup2 id; 0: unknown */
	char comm[CT_COMM_SIZE];
	char exe[CT_EXE_SIZE]; /* base name of the executable, cut; may be empty */
};

struct ct_target {
	__u32 tgid; /* 0: the target is the machine or the agent */
	__u32 tree;
	char comm[CT_COMM_SIZE];
};

struct ct_event {
	__u64 time; /* ns of CLOCK_MONOTONIC */
	__u8 kind, vector, backend, action;
	__u8 program;
	__u8 own_probe; /* a wrapper's attack on itself, as a proof */
	__u16 reserved;
	__u64 arg; /* argument of the hook: mode, signal, command, lockdown reason, … */
	struct ct_attacker attacker;
	struct ct_target target;
};
