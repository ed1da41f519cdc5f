/*
 * arch.h - what differs between processors: a system call, the ELF machine, and the first instructions of the trial's
 * entry point.
 */
#pragma once

#include <elf.h>

#if defined(__x86_64__)

#define CT_MACHINE EM_X86_64

static inline long ct_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long answer;

	__asm__ volatile("syscall"
			 : "=a"(answer)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return answer;
}

/* Calls begin(), in trial.c, with the stack pointer. */
#define CT_START                         \
	".text\n"                        \
	".globl ct_start\n"              \
	".hidden ct_start\n"             \
	"ct_start:\n"                    \
	"	xor %ebp, %ebp\n"        \
	"	mov %rsp, %rdi\n"        \
	"	and $-16, %rsp\n"        \
	"	call begin\n"

#elif defined(__aarch64__)

#define CT_MACHINE EM_AARCH64

static inline long ct_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

/* The kernel and the loader keep the stack pointer a multiple of 16. */
#define CT_START                         \
	".text\n"                        \
	".globl ct_start\n"              \
	".hidden ct_start\n"             \
	"ct_start:\n"                    \
	"	mov x29, xzr\n"          \
	"	mov x30, xzr\n"          \
	"	mov x0, sp\n"            \
	"	bl begin\n"

#else
#error "the interposer knows x86_64 and aarch64"
#endif
