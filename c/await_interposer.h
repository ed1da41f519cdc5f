/*
 * await_interposer.h - traces a program that receives a hand-off until its loader has loaded the interposer.
 */
#pragma once

#include "internal.h"

#include <signal.h>

/*
 * The signal mask at execve: everything except SIGTRAP, which reports the execve to the tracer. Another signal
 * could stop the child before execve, while its parent waits in vfork. ct_await_interposer clears the mask.
 */
#define CT_TRACED_MASK (~(UINT64_C(1) << (SIGTRAP - 1)))

/*
 * Call it in the thread that created the child, after its execve. The child must have called
 * ct_be_traced_by_parent. Afterwards the child has loaded the interposer, has ended, or has been killed before
 * the first instruction of its program. Limited in time. Does not reap the child.
 */
void ct_await_interposer(pid_t pid, const struct ct_arena *handoff);
