/*
 * types.h - the kernel structures in use, for CO-RE: libbpf relocates each access to the running kernel's layout. This
 * replaces a vmlinux.h of 2.8 MB. A suffix ___name marks a variant for other kernels, which libbpf ignores.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* the kernel defines a hook's parameters */
#pragma clang diagnostic ignored "-Wunused-parameter"

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define EPERM 1
#define EAGAIN 11

#define PF_IO_WORKER 0x00000010
#define PF_FORKNOEXEC 0x00000040
#define PF_KTHREAD 0x00200000

#include "file_types.inc.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct hlist_node {
	struct hlist_node *next;
};
struct hlist_head {
	struct hlist_node *first;
};
struct pid_namespace;
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct hlist_head tasks[4];
	struct upid numbers[1];
};
struct xarray {
	void *xa_head;
};
struct xa_node {
	unsigned char shift;
	void *slots[64];
};
struct idr {
	struct xarray idr_rt;
	unsigned int idr_base;
};
struct pid_namespace {
	struct idr idr;
};

struct perf_event_context;
struct fs_struct {
	struct path pwd;
};

struct ns_common {
	unsigned int inum;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct nsproxy {
	struct mnt_namespace *mnt_ns;
};
struct seccomp_filter {
	struct seccomp_filter *prev;
	struct notification *notif;
};
struct seccomp {
	struct seccomp_filter *filter;
};

struct mm_struct {
	unsigned long flags;
	struct file *exe_file;
};
struct mm_struct___list {
	struct vm_area_struct *mmap; /* until 6.0 */
};
struct mm_struct___bits {
	struct {
		unsigned long __mm_flags[1];
	} flags; /* since 6.18 */
};
struct thread_info {
	u32 status; /* x86 */
};
struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	unsigned int ptrace;
	struct mm_struct *mm;
	u32 pid;
	u32 tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	u64 start_boottime;
	char comm[16];
	struct nameidata *nameidata;
	struct nsproxy *nsproxy;
	struct seccomp seccomp;
	struct fs_struct *fs;
	struct files_struct *files;
	struct perf_event_context *perf_event_ctxp;
};
/* Until 6.1: one for hardware, one for software. */
struct task_struct___two_contexts {
	struct perf_event_context *perf_event_ctxp[2];
};

struct kernfs_node {
	u64 id;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};
struct cgroup___whole {
	struct cgroup_subsys_state self;
};

struct bpf_iter__task_vma {
	struct task_struct *task;
	struct vm_area_struct *vma;
};

struct perf_event_context {
	int nr_events;
};
struct perf_event_attr___kernel {
	u32 type;
	u64 sample_period;
};
struct hw_perf_event {
	struct task_struct *target;
};
struct perf_event {
	struct perf_event_attr___kernel attr;
	struct hw_perf_event hw;
};

enum lockdown_reason {
	LOCKDOWN_MODULE_SIGNATURE,
	LOCKDOWN_DEV_MEM,
	LOCKDOWN_KEXEC,
	LOCKDOWN_HIBERNATION,
	LOCKDOWN_PCI_ACCESS,
	LOCKDOWN_IOPORT,
	LOCKDOWN_MSR,
	LOCKDOWN_ACPI_TABLES,
	LOCKDOWN_MODULE_PARAMETERS,
	LOCKDOWN_MMIOTRACE,
	LOCKDOWN_DEBUGFS,
	LOCKDOWN_KCORE,
	LOCKDOWN_KPROBES,
	LOCKDOWN_PERF,
	LOCKDOWN_TRACEFS,
	LOCKDOWN_TIOCSSERIAL,
	LOCKDOWN_DBG_WRITE_KERNEL,
	LOCKDOWN_DBG_READ_KERNEL,
}; /* the numbers differ between kernels: bpf_core_enum_value() */

enum kernel_read_file_id {
	READING_MODULE,
	READING_MODULE_COMPRESSED,
	READING_KEXEC_IMAGE,
	READING_KEXEC_INITRAMFS,
};
enum kernel_load_data_id {
	LOADING_MODULE,
	LOADING_KEXEC_IMAGE,
};

struct kernel_siginfo;
struct fown_struct;
struct rlimit;
struct cred;
struct user_namespace;

#pragma clang attribute pop
