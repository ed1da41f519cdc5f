/*
 * processes.h - the table of protected processes, from our side. Children are added in the kernel
 * (../bpf/process_trees.bpf.c).
 */
#ifndef CT_PROCESSES_H
#define CT_PROCESSES_H

#include "enforcer/enforce.h"

/* Makes a process the root of a new family. -ESRCH, -E2BIG. */
int processes_add(pid_t pid, uint32_t *ret_tree);
/* Agent and enforcer: nobody may read or steer them, but their children are on their own. */
int processes_add_agent(pid_t pid);
/* The family of a member, 0: none. */
uint32_t processes_tree_of(pid_t pid);
void processes_remove(pid_t pid);
/*
 * Takes out members that have ended without the kernel's side having noticed, some at each call: a kernel may pass
 * over a BPF program. The sandbox where we are built does, for what happens while its init runs.
 */
void processes_remove_ended(void);
/* Notes the files whose code members run, from before we were here. */
void processes_note_code(void);
void processes_count(uint32_t *ret_processes, uint32_t *ret_trees);
/*
 * What others have of one of its threads and need not ask for any more. 0: nothing; -EBUSY: a tracer, or perf events;
 * -EALREADY: a listener of its seccomp filters; -ENODATA: it has filters, and nothing tells whether they have one.
 */
int processes_check_observers(pid_t pid);

#endif
