/*
 * inspect.h - questions to the kernel that BPF programs answer, run by us.
 */
#ifndef CT_INSPECT_H
#define CT_INSPECT_H

#include "enforcer/programs/config.h"

/* Loads the programs and pins them, or takes over pinned ones. Without them we know less: a note. */
void inspect_open(const struct ct_config *config, struct enforce_report *report);
void inspect_close(void);

/* Tells the kernel's side where agent and enforcer are in cgroup2. */
void inspect_locate_agent(void);
/* Has somebody perf events on the thread? False when it cannot be told. */
bool inspect_has_perf(pid_t thread);

/* May somebody answer the thread's system calls (seccomp user notification)? -ENOTSUP: it cannot be told. */
int inspect_listener(pid_t thread);

/* False: children that were there before cannot be taken in. */
bool inspect_can_add(void);
/* Makes a member of a process that is still a child of the member PARENT. CT_CHILD_ADDED, CT_NO_ROOM, 0: nothing done. */
uint32_t inspect_add_child(pid_t child, pid_t parent);
/* Takes that back. */
void inspect_remove_child(pid_t child);
/* Notes whose code the member runs already, where the lock guards that. 0, or -ENOTSUP: it cannot be found out. */
int inspect_note_code(pid_t pid);
/* A member that began at START, in ticks since boot, has ended. */
void inspect_remove_ended(pid_t pid, uint64_t start);

#endif
