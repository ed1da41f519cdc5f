/*
 * arch_aarch64.h - arch.h for arm64. A 64-bit process has no gate to 32-bit system calls: another program
 * makes them (programs/attack32.c).
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

#define ARCH_CREAT (-1L) /* arm64 has none, so ENOSYS */

/* Why an attack does not exist here; NULL when it does. */
static inline const char *arch_lacks(const char *row)
{
	static const struct {
		const char *row, *why;
	} all[] = {
		{ "iopl", "arm64 has no port instructions" },
		{ "ioperm", "arm64 has no port instructions" },
		{ "msr_read", "arm64 gives no machine registers to user space" },
		{ "msr_write", "arm64 gives no machine registers to user space" },
		{ "panic_on_io_nmi", "a switch of x86" },
		{ "panic_on_nmi", "a switch of x86" },
		{ "panic_unknown_nmi", "a switch of x86" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(row, all[i].row) == 0)
			return all[i].why;
	return NULL;
}

enum { GATE_NO_EXEC = 200, GATE_FD = 9 };

static inline _Noreturn void arch_become_32(const struct gate_call *call, int out)
{
	static const char *const names[] = { "peek", "readv", "writev", "open", "read" };
	char self[256] = "", path[300], target[16], at[24], size[16];
	char *argv[] = { path, (char *)names[call->what], target, at, size, (char *)call->path, NULL };

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(GATE_NO_EXEC);
	if (call->what == GATE_READ && dup2(call->fd, GATE_FD) < 0)
		_exit(GATE_NO_EXEC);
	(void)snprintf(path, sizeof(path), "%s/attack32", dirname(self));
	(void)snprintf(target, sizeof(target), "%d", call->what == GATE_READ ? GATE_FD : (int)call->pid);
	(void)snprintf(at, sizeof(at), "%llx", (unsigned long long)call->at);
	(void)snprintf(size, sizeof(size), "%zu", call->size);
	(void)execv(path, argv);
	_exit(GATE_NO_EXEC);
}

static inline long arch_gate(const struct gate_call *call, void *into)
{
	int ends[2], status;
	pid_t pid;
	long got;

	if (call->at > UINT32_MAX && call->path == NULL && call->what != GATE_READ)
		return GATE_TOO_FAR;
	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -errno;
	if (pid == 0)
		arch_become_32(call, ends[1]);
	(void)close(ends[1]);
	got = read(ends[0], into, call->size);
	(void)close(ends[0]);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	/* Killed for what it did: so is this attacker. */
	if (WIFSIGNALED(status))
		(void)raise(WTERMSIG(status));
	if (WEXITSTATUS(status) == GATE_NO_EXEC)
		return GATE_MISSING;
	return WEXITSTATUS(status) != 0 ? -WEXITSTATUS(status) : got;
}

/* Sleeps with four words in registers that the kernel keeps: what a tracer or a profiler then sees. */
static inline void arch_sleep_holding(const uint64_t words[4], const struct timespec *time)
{
	register long x8 __asm__("x8") = SYS_nanosleep;
	register long x0 __asm__("x0") = (long)time;
	register long x1 __asm__("x1") = 0;

	__asm__ volatile("ldp x19, x20, [%[w]]\n\tldp x21, x22, [%[w], #16]\n\tsvc #0\n\t"
			 "mov x19, xzr\n\tmov x20, xzr\n\tmov x21, xzr\n\tmov x22, xzr"
			 : "+r"(x0)
			 : [w] "r"(words), "r"(x8), "r"(x1)
			 : "x19", "x20", "x21", "x22", "memory", "cc");
}

/* The four words of arch_sleep_holding out of a stopped thread's registers. */
static inline void arch_held(const struct user_regs_struct *regs, uint64_t words[4])
{
	memcpy(words, &regs->regs[19], 4 * sizeof(words[0]));
}

/* perf's bits for the same registers, in the order in which a sample has them. */
#define ARCH_PERF_HELD (0xfULL << 19)

/* The same as a kprobe's arguments, at the entry of a system call whose only argument is struct pt_regs. */
#define ARCH_PROBE_HELD "+152(%x0):x64 +160(%x0):x64 +168(%x0):x64 +176(%x0):x64"
#define ARCH_PROBE_SYSCALL "__arm64_sys_nanosleep"
#define ARCH_PROBE_STRING "+0(%x0):string"

/*
 * Position-independent code that is called with a secret in the first argument: writes 32 bytes of it to the file whose
 * name follows, and returns. ARCH_RETURN only returns.
 */
#define ARCH_RETURN "\xc0\x03\x5f\xd6"
#define ARCH_THIEF                                                   \
	"\xe9\x03\x00\xaa" /* mov x9, x0 */ \
	"\xe1\x01\x00\x10" /* adr x1, the name */ \
	"\x60\x0c\x80\x92" /* mov x0, AT_FDCWD */ \
	"\x22\x00\x80\xd2" /* mov x2, O_WRONLY */ \
	"\x03\x00\x80\xd2" /* mov x3, 0 */ \
	"\x08\x07\x80\xd2" /* mov x8, openat */ \
	"\x01\x00\x00\xd4" /* svc */ \
	"\xea\x03\x00\xaa" /* mov x10, x0 */ \
	"\xe1\x03\x09\xaa" /* mov x1, x9 */ \
	"\x02\x04\x80\xd2" /* mov x2, 32 */ \
	"\x08\x08\x80\xd2" /* mov x8, write */ \
	"\x01\x00\x00\xd4" /* svc */ \
	"\xe0\x03\x0a\xaa" /* mov x0, x10 */ \
	"\x28\x07\x80\xd2" /* mov x8, close */ \
	"\x01\x00\x00\xd4" /* svc */ \
	"\xc0\x03\x5f\xd6" /* ret */

/* Without the C library, in code that is copied. */
static inline __attribute__((always_inline)) long arch_inline_call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}

/* A register that a thread in a system call does not need. */
#define ARCH_SPARE(state) ((state).regs[9])

/* Of a thread that stopped at a system call: its number, arguments at the entry (1 at the exit too), result at the exit. */
#define ARCH_CALL(state) ((state).regs[8])
#define ARCH_ARGUMENT_0(state) ((state).regs[0])
#define ARCH_ARGUMENT_1(state) ((state).regs[1])
#define ARCH_RESULT(state) ((state).regs[0])

static inline int arch_gain_ports(int all)
{
	(void)all;
	errno = ENOSYS;
	return -1;
}

/* The instruction that a thread in a system call waits in: a stopped thread is about to restart it. */
#define ARCH_SYSCALL 0xd4000001UL
#define ARCH_SYSCALL_MASK 0xffffffffUL
#define ARCH_SYSCALL_AT(regs) ((regs)->pc)

/* Until the next stop at a system call's entry or exit. */
static inline long arch_continue_to_call(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, 0L, 0L) < 0)
		return -errno;
	return waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status) ? -ESRCH : 0;
}

/*
 * The kernel chooses the number again when a stopped thread restarts a sleep (restart_syscall), so it is changed at the
 * call's entry.
 */
static inline long arch_make_call(pid_t pid, const struct user_regs_struct *from, long number, const uint64_t args[4])
{
	struct user_regs_struct regs = *from;
	int call = (int)number;
	struct iovec new_call = { &call, sizeof(call) };
	long failed;

	regs.regs[8] = (unsigned long long)number;
	memcpy(regs.regs, args, 4 * sizeof(args[0]));
	if (put_registers(pid, &regs) < 0)
		return -errno;
	failed = arch_continue_to_call(pid);
	if (failed < 0)
		return failed;
	if (put_registers(pid, &regs) < 0 || ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &new_call) < 0)
		return -errno;
	failed = arch_continue_to_call(pid);
	if (failed < 0)
		return failed;
	return get_registers(pid, &regs) < 0 ? -errno : (long)regs.regs[0];
}

/* Registers for a thread that continues at another address. */
static inline void arch_jump(struct user_regs_struct *regs, unsigned long long to)
{
	regs->pc = to;
}
