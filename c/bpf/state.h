/*
 * state.h - the content of the maps. Shared by BPF and user space: fixed widths only.
 *
 * Pinned maps outlive the agent. A new CT_MAPS_VERSION, with which an upgrade loses its protected processes, is needed
 * for a change of
 *   - a structure below, up to code_files, or of struct saved_report (enforcer/start/saved_report.h)
 *   - a map's type, key, value or number of entries
 *   - CT_V_COUNT, CT_BACKENDS, CT_SLOTS, or the order of vectors or backends, which number the counts
 * enforcer/processes/maps.c and tests/agent/vectors_test.ts fail when it is forgotten; and an enforcer refuses pinned
 * maps of other sizes.
 */
#pragma once

#include "event.h"

#define CT_MAPS_VERSION 3
#define CT_MAX_PROCESSES 65536
#define CT_MAX_TREES 16384
#define CT_MAX_PER_TREE 16384      /* a fork bomb must not fill the table */
#define CT_MAX_CHILDREN (CT_MAX_PROCESSES - CT_MAX_TREES) /* leaves room for processes that register */
#define CT_MAX_FORKING_TASKS 4096
#define CT_RING_BYTES (1u << 20)
#define CT_AGENT_TREE 0xffffffffu /* agent and enforcer: guarded, but their children are not */
#define CT_TICK_NS 10000000u     /* of starttime in proc_pid_stat(5): USER_HZ is 100 on x86 and arm64 */
#define CT_MAX_ALLOWED 16
#define CT_MAX_ANCESTORS 8
#define CT_ALLOWED_SIZE 32
#define CT_CGROUP_LEVELS 12
#define CT_SLOTS 2

/* processes: key u32 tgid. An entry with another start time belongs to an earlier process. */
struct ct_process {
	__u64 start; /* ticks since boot */
	__u32 tree;
	__u32 root; /* tgid of the process that registered */
};

/* process_trees: key u32 id */
struct ct_tree {
	__u32 count;
	__u32 root;
};

/* forking_tasks: key u64 address of a task between copy_process() and the fork tracepoint. */
struct ct_forking_task {
	__u64 time;
	struct ct_process parent;
};

/* agent_state: one element, written only by user space */
struct ct_state {
	__u32 next_tree;
	__u32 irrevocable; /* the lock, until reboot */
	__u64 generation;
	__u32 slot;    /* index into counts, distinguishes two attached generations */
	__u64 since;   /* ticks since boot; opened_before is complete for processes that started later. 0: for none */
	__u64 guarded; /* opened_before.bpf.c is attached */
};

/* totals: one element, written only by BPF */
struct ct_totals {
	__u64 lost;      /* events dropped because the ring was full */
	__u64 overflows; /* children without room, where no hook can refuse the fork */
	__u32 children;  /* protected processes that did not register themselves */
};

/* agent_cgroups: key u64 cgroup2 id of agent or enforcer, now or earlier, and of its ancestors; value u32 1. LRU. */
#define CT_MAX_AGENT_CGROUPS 1024

/*
 * opened_before: key u64 pid and start time of an unprotected process of which others may have /proc files open. Key 0:
 * value 1 after an overflow. Entries may remain once the process is protected.
 */
#define CT_MAX_OPENED_BEFORE 8192

/*
 * code_files: key u64 inode address of a file that protected processes have mapped executable; value u32 the process
 * tree, 0: several.
 */
#define CT_MAX_CODE_FILES 32768

/* Results of add_existing_child in inspect.bpf.c. */
#define CT_CHILD_ADDED 1
#define CT_NO_ROOM 2

/* counts: u64 at [(slot * CT_BACKENDS + backend) * CT_V_COUNT + vector] */
#define CT_COUNTS (CT_SLOTS * CT_BACKENDS * CT_V_COUNT)

/* Frozen before the programs load, so that the verifier removes disabled code. */
struct ct_config {
	__u32 detect;
	__u32 lock;
	__u32 exec_allow;
	__u32 slot;
	__u32 synchronous; /* reactive kill: kprobe override refuses calls by number or direct path */
	__u32 perfmon_retry; /* this kernel retries refused accesses (access/perfmon_retry.inc.h) */
	__u32 path_copies; /* opening calls can be judged in do_filp_open() (access/syscall_targets.h) */
	__u32 allowed_count;
	__u64 exe_inode, exe_directory, pins_inode; /* 0: none */
	__u32 exe_device, pins_device; /* the kernel's own format: major << 20 | minor */
	char exe_name[16]; /* of the enforcer's installed file */
	__u64 socket_directory, above[CT_MAX_ANCESTORS]; /* the socket's directory, and its parents on the same file system */
	__u32 socket_device, host_mounts; /* mount namespace of process 1 */
	char name[CT_MAX_ALLOWED][CT_ALLOWED_SIZE];
};
