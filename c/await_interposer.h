/*
 * await_interposer.h - a program that is to take its secrets over is held until its loader has brought the interposer.
 */
#ifndef CT_AWAIT_INTERPOSER_H
#define CT_AWAIT_INTERPOSER_H

#include "internal.h"

#include <signal.h>

/*
 * The mask with which it is executed: everything but SIGTRAP, with which it is held. A signal that stopped it
 * before execve would find its parent waiting in vfork. ct_await_interposer lets all signals come.
 */
#define CT_TRACED_MASK (~(UINT64_C(1) << (SIGTRAP - 1)))

/* In the child, before execve: its parent may hold it. -1 with errno where the kernel refuses that. */
int ct_ask_to_be_held(void);

/*
 * In the thread that made the child, after its execve. When this returns it either has the interposer, or
 * has ended, or is about to: one that would do without is killed before the first instruction of its own.
 * Bounded in time. Nothing is reaped.
 */
void ct_await_interposer(pid_t pid, const struct ct_arena *handoff);

#endif
