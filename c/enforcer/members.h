/*
 * members.h - the table of protected processes, from our side. Children are added in the kernel
 * (../bpf/family.bpf.c).
 */
#ifndef CT_ENFORCER_MEMBERS_H
#define CT_ENFORCER_MEMBERS_H

#include "enforce.h"

/* Makes a process the root of a new family. -ESRCH, -E2BIG. */
int members_add(pid_t pid, uint32_t *ret_family);
/* Agent and enforcer: nobody may read or steer them, but their children are on their own. */
int members_guard(pid_t pid);
/* The family of a member, 0: none. */
uint32_t members_family(pid_t pid);
void members_remove(pid_t pid);
/*
 * Takes out members that have ended without the kernel's side having noticed, some at each call: a kernel may pass
 * over a BPF program. The sandbox where we are built does, for what happens while its init runs.
 */
void members_sweep(void);
/* Notes the files whose code members run, from before we were here. */
void members_note_code(void);
void members_count(uint32_t *ret_members, uint32_t *ret_families);
/*
 * What others have of one of its threads and need not ask for any more. 0: nothing; -EBUSY: a tracer, or perf events;
 * -EALREADY: a listener of its seccomp filters; -ENODATA: it has filters, and nothing tells whether they have one.
 */
int members_watched(pid_t pid);

#endif
