/*
 * processes.h - user space's side of the table of protected processes. The kernel adds children
 * (bpf/process_trees.bpf.c).
 */
#pragma once

#include "enforcer/enforce.h"

/* Makes the process the root of a new process tree. -ESRCH, -E2BIG. */
int processes_add(pid_t pid, uint32_t *ret_tree);
/* Guards agent or enforcer; their children are not protected. */
int processes_add_agent(pid_t pid);
/* The process tree of a protected process, or 0. */
uint32_t processes_tree_of(pid_t pid);
/* Calls `visit` with each thread of a process until it returns non-zero. Returns that, or 0. */
int processes_each_thread(pid_t pid, int (*visit)(pid_t pid, pid_t thread, void *context), void *context);
void processes_remove(pid_t pid);
/* Removes ended processes that the kernel's side missed, some per call: some sandboxes skip BPF programs. */
void processes_remove_ended(void);
/* Records the code files of processes that were protected before this start. */
void processes_note_code(void);
void processes_count(uint32_t *ret_processes, uint32_t *ret_trees);
/*
 * Checks whether another process already observes one of its threads. 0: none. -EBUSY: a tracer or perf events.
 * -EALREADY: a seccomp listener. -ENODATA: it has filters, and a listener cannot be ruled out.
 */
int processes_check_observers(pid_t pid);
