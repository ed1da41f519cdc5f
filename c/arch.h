/*
 * arch.h - what differs between processors: registers of an interrupted context and of a traced process, and a trap.
 */
#pragma once

#include <stdint.h>
#include <sys/user.h>
#include <ucontext.h>

#if defined(__x86_64__)

/* An instruction, with a trap in place of its first bytes. */
#define CT_TRAP(text) (((text) & ~0xffL) | 0xcc)
/* The program counter of a process that stopped at a trap, relative to the trap. */
#define CT_AFTER_TRAP 1u
#define CT_PROGRAM_COUNTER(registers) ((registers).rip)

/* When the signal handler returns, continues in `function`, as if it had been called. It must not return. */
static inline void ct_continue_in(ucontext_t *context, void (*function)(void))
{
	mcontext_t *registers = &context->uc_mcontext;

	/* As a call would leave it; nothing of the interrupted frame is used again. */
	registers->gregs[REG_RSP] = ((registers->gregs[REG_RSP] - 128) & -16) - 8;
	registers->gregs[REG_RIP] = (greg_t)(uintptr_t)function;
}

#elif defined(__aarch64__)

/* BRK #0, which is also permitted where a guarded page (BTI) is entered. */
#define CT_TRAP(text) (((text) & ~0xffffffffL) | 0xd4200000L)
#define CT_AFTER_TRAP 0u
#define CT_PROGRAM_COUNTER(registers) ((registers).pc)

/* The stack pointer is always a multiple of 16, and no function uses memory below it. */
static inline void ct_continue_in(ucontext_t *context, void (*function)(void))
{
	context->uc_mcontext.pc = (uintptr_t)function;
}

#else
#error "the shim knows x86_64 and aarch64"
#endif
