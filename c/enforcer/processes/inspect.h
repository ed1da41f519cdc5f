/*
 * inspect.h - runs BPF programs on demand to read or change kernel-side state.
 */
#pragma once

#include "enforcer/programs/config.h"

/* Loads and pins the programs, or adopts pinned ones. Missing ones become notes. */
void inspect_open(const struct ct_config *config, struct enforce_report *report);
void inspect_close(void);

/* Records the cgroups of agent and enforcer. */
void inspect_locate_agent(void);
/* The thread has perf events. False when unknown. */
bool inspect_has_perf(pid_t thread);

/* Another process can answer the thread's system calls (seccomp user notification). -ENOTSUP: unknown. */
int inspect_listener(pid_t thread);

/* False: existing children cannot be protected. */
bool inspect_can_add(void);
/*
 * Protects a process that is still a child of the protected `parent`. CT_CHILD_ADDED, CT_NO_ROOM, or 0: nothing done.
 */
uint32_t inspect_add_child(pid_t child, pid_t parent);
/* Reverts inspect_add_child. */
void inspect_remove_child(pid_t child);
/* Records the code files that the protected process has mapped, if the lock guards them. 0, or -ENOTSUP: unknown. */
int inspect_note_code(pid_t pid);
/* Removes a protected process that has ended. `start` is in ticks since boot. */
void inspect_remove_ended(pid_t pid, uint64_t start);
