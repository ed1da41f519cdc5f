/*
 * state.h - what lies in the maps. Shared by BPF and user space: fixed widths only. Pinned maps outlive the
 * agent that made them: a change here needs a new CT_MAPS_VERSION, and costs an upgrade its members.
 */
#ifndef CT_STATE_H
#define CT_STATE_H

#include "event.h"

#define CT_MAPS_VERSION 3
#define CT_MAX_PROCESSES 65536
#define CT_MAX_TREES 16384
#define CT_MAX_PER_TREE 16384      /* members of one family: a fork bomb must not use up the table */
#define CT_MAX_CHILDREN (CT_MAX_PROCESSES - CT_MAX_TREES) /* of all families: whoever registers finds room */
#define CT_MAX_FORKING_TASKS 4096
#define CT_RING_BYTES (1u << 20)
#define CT_AGENT_TREE 0xffffffffu /* agent and enforcer: guarded like members, their children are not */
#define CT_TICK_NS 10000000u     /* of starttime in proc_pid_stat(5): USER_HZ is 100 on every x86 */
#define CT_MAX_ALLOWED 16
#define CT_MAX_ANCESTORS 8
#define CT_ALLOWED_SIZE 32
#define CT_CGROUP_LEVELS 12
#define CT_SLOTS 2

/* members: key u32 tgid. A number whose process began at another time is another process. */
struct ct_process {
	__u64 start; /* ticks since boot */
	__u32 tree;
	__u32 root; /* tgid that registered */
};

/* families: key u32 */
struct ct_tree {
	__u32 count;
	__u32 root;
};

/* newborns: key u64, the task's address. Tasks between copy_process() and the fork tracepoint. */
struct ct_forking_task {
	__u64 time;
	struct ct_process parent;
};

/* agent_state: one element, which user space alone writes */
struct ct_state {
	__u32 next_tree;
	__u32 sealed;
	__u64 generation;
	__u32 slot; /* of counts, by which two generations that are attached at a time are told apart */
	__u64 since;   /* ticks since boot; of processes that began later, `opened` knows. 0: of none */
	__u64 guarded; /* reads are watched too */
};

/* counts: one element, which BPF alone writes */
struct ct_totals {
	__u64 lost;      /* events that found the ring full */
	__u64 overflows; /* children that found no room: only where no hook refuses to make them */
	__u32 children;  /* members that did not register themselves */
};

/* agent_cgroups: key u64, the number of a cgroup2 that agent or enforcer are in, or were moved to, and of those
 * above it; value u32 1. The oldest are forgotten first. */
#define CT_MAX_AGENT_CGROUPS 1024

/* opened: key u64, number and start of a process that is no member, while others may have files of its /proc open.
 * Key 0: value 1 when there was no room for some. Members that others opened before may be in it too. */
#define CT_MAX_OPENED_BEFORE 8192

/* code_files: key u64, the address of the inode of a file that members have mapped to run it, which stays there as
 * long as it is mapped; value u32, the family that did, 0: several. */
#define CT_MAX_CODE_FILES 32768

/* What inspect.bpf.c answers when it is told to take in a process. */
#define CT_CHILD_ADDED 1
#define CT_NO_ROOM 2

/* counts: u64 at [(slot * CT_BACKENDS + backend) * CT_V_COUNT + vector] */
#define CT_COUNTS (CT_SLOTS * CT_BACKENDS * CT_V_COUNT)

/* Frozen before the programs load, so that the verifier drops what is off. */
struct ct_config {
	__u32 detect;
	__u32 lock;
	__u32 exec_allow;
	__u32 slot;
	__u32 synchronous; /* reactive: the kprobe backend refuses what goes by number or plain path */
	__u32 perfmon_retry; /* this kernel gives one to who was refused (perfmon_retry.h) */
	__u32 allowed_count;
	__u64 exe_inode, exe_directory, pins_inode; /* 0: none */
	__u32 exe_device, pins_device; /* as the kernel has it: major << 20 | minor */
	char exe_name[16]; /* of the enforcer's installed file */
	__u64 socket_directory, above[CT_MAX_ANCESTORS]; /* the socket's directory, and what it is in on the same file system */
	__u32 socket_device, host_mounts; /* number of the mount namespace of process 1 */
	char name[CT_MAX_ALLOWED][CT_ALLOWED_SIZE];
};

#endif
