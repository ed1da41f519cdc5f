/*
 * arch_x86_64.h - arch.h for x86-64. The 32-bit gate is int 0x80.
 */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

#include "memory.h"

enum { CALL32_READ = 3, CALL32_OPEN = 5, CALL32_PTRACE = 26, CALL32_VM_READV = 347, CALL32_VM_WRITEV = 348 };

#define ARCH_CREAT SYS_creat

/* Why an attack does not exist here; NULL when it does. */
static inline const char *arch_lacks(const char *row)
{
	(void)row;
	return NULL;
}

/* What arguments point to lies below 4 GB: this program is static. */
static inline long arch_call32(long number, long a, long b, long c, long d, long e, long f)
{
	long result;

	/* The sixth argument goes in ebp, which the compiler may use. */
	__asm__ volatile("mov %%rbp, %%r12\n\tmov %[sixth], %%rbp\n\tint $0x80\n\tmov %%r12, %%rbp"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [sixth] "r"(f)
			 : "memory", "r8", "r9", "r10", "r11", "r12", "cc");
	return (int)result;
}

static inline long arch_gate_peek(const struct gate_call *call, void *into)
{
	long failed = arch_call32(CALL32_PTRACE, PTRACE_ATTACH, call->pid, 0, 0, 0, 0);
	int status;

	if (failed < 0)
		return failed;
	if (waitpid(call->pid, &status, __WALL) < 0)
		return -errno;
	failed = read_by_peek(call->pid, -1, call->at, into, call->size);
	(void)ptrace(PTRACE_DETACH, call->pid, 0L, 0L);
	return failed;
}

static inline long arch_gate_vm(const struct gate_call *call, unsigned char low[GATE_MOST])
{
	static struct {
		uint32_t base, length;
	} here, there;
	const int number = call->what == GATE_READV ? CALL32_VM_READV : CALL32_VM_WRITEV;

	if (call->at > UINT32_MAX)
		return GATE_TOO_FAR;
	here.base = (uint32_t)(uintptr_t)low;
	there.base = (uint32_t)call->at;
	here.length = there.length = (uint32_t)call->size;
	return arch_call32(number, call->pid, (long)&here, 1, (long)&there, 1, 0);
}

static inline long arch_gate_open(const struct gate_call *call, void *into)
{
	static char path[320];
	long fd, got;

	(void)snprintf(path, sizeof(path), "%s", call->path);
	fd = arch_call32(CALL32_OPEN, (long)path, 0, 0, 0, 0, 0);
	if (fd < 0)
		return fd;
	got = read_by_file(call->pid, (int)fd, call->at, into, call->size);
	(void)close((int)fd);
	return got;
}

static inline long arch_gate(const struct gate_call *call, void *into)
{
	static unsigned char low[GATE_MOST];
	long got;

	if (call->what == GATE_PEEK)
		return arch_gate_peek(call, into);
	if (call->what == GATE_OPEN)
		return arch_gate_open(call, into);
	if (call->what == GATE_READ && lseek(call->fd, (off_t)call->at, SEEK_SET) < 0)
		return -errno;
	got = call->what == GATE_READ ? arch_call32(CALL32_READ, call->fd, (long)low, (long)call->size, 0, 0, 0) :
					arch_gate_vm(call, low);
	memcpy(into, low, sizeof(low));
	return got;
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

/* Without the C library, in code that is copied. */
static inline __attribute__((always_inline)) long arch_inline_call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

/* A register that a thread in a system call does not need. */
#define ARCH_SPARE(state) ((state).r9)

/* Of a thread that stopped at a system call: its number, arguments at the entry, result at the exit. */
#define ARCH_CALL(state) ((state).orig_rax)
#define ARCH_ARGUMENT_0(state) ((state).rdi)
#define ARCH_ARGUMENT_1(state) ((state).rsi)
#define ARCH_RESULT(state) ((state).rax)

/* ioperm(2) and iopl(2). */
static inline int arch_gain_ports(int all)
{
	return all ? iopl(3) : ioperm(0x80, 1, 1);
}

/* The instruction that a thread in a system call waits in. A thread that was stopped elsewhere has other code there. */
#define ARCH_SYSCALL 0x050fUL
#define ARCH_SYSCALL_MASK 0xffffUL
#define ARCH_SYSCALL_AT(regs) ((regs)->rip - 2)

static inline long arch_make_call(pid_t pid, const struct user_regs_struct *from, long number, const uint64_t args[4])
{
	struct user_regs_struct regs = *from;
	int status;

	regs.rip = ARCH_SYSCALL_AT(from);
	regs.orig_rax = (unsigned long long)-1LL; /* nothing to restart */
	regs.rax = (unsigned long long)number;
	regs.rdi = args[0];
	regs.rsi = args[1];
	regs.rdx = args[2];
	regs.r10 = args[3];
	if (put_registers(pid, &regs) < 0 || ptrace(PTRACE_SINGLESTEP, pid, 0L, 0L) < 0)
		return -errno;
	if (waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status))
		return -ESRCH;
	return get_registers(pid, &regs) < 0 ? -errno : (long)regs.rax;
}

/* Registers for a thread that continues at another address. */
static inline void arch_jump(struct user_regs_struct *regs, unsigned long long to)
{
	regs->rip = to;
	regs->orig_rax = (unsigned long long)-1LL;
}
