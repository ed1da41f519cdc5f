/*
 * arch.h - what depends on the processor: the 32-bit system call gate, registers, calls by a stopped thread, and
 * machine code. And the numbers of system calls that the C library's headers lack, which are the same on both.
 */
#pragma once

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "gate.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

static inline long get_registers(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec all = { regs, sizeof(*regs) };

	return ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all);
}

static inline long put_registers(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec all = { regs, sizeof(*regs) };

	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all);
}

#if defined(__x86_64__)
#include "arch_x86_64.h"
#elif defined(__aarch64__)
#include "arch_aarch64.h"
#else
#error "attacks are written for x86_64 and aarch64"
#endif
