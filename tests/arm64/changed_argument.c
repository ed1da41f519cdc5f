/*
 * changed_argument.c - kcmp(2) of itself, whose first argument a tracer changes to another process when the call has
 * begun: PID. The registers have two copies of that argument on arm64. Exits with the call's error, 0 for none, or 137
 * when the caller was killed.
 */
#include <elf.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void compare(void)
{
	(void)ptrace(PTRACE_TRACEME, 0L, 0L, 0L);
	(void)raise(SIGSTOP);
	_exit(syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0L, 0L) < 0 ? errno : 0);
}

/* Returns whether the thread stands before kcmp and now compares the other process. */
static int change(pid_t thread, unsigned long other)
{
	struct user_regs_struct registers;
	struct iovec area = { &registers, sizeof(registers) };

	if (ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRSTATUS, &area) < 0 || registers.regs[8] != SYS_kcmp)
		return 0;
	registers.regs[0] = other;
	return ptrace(PTRACE_SETREGSET, thread, (void *)NT_PRSTATUS, &area) == 0;
}

int main(int count, char **arguments)
{
	pid_t thread = fork();
	int status, changed = 0;

	if (thread == 0)
		compare();
	if (count != 2 || waitpid(thread, &status, 0) < 0)
		return 99;
	while (WIFSTOPPED(status)) {
		if (!changed && status >> 8 == SIGTRAP)
			changed = change(thread, strtoul(arguments[1], NULL, 10));
		if (ptrace(changed ? PTRACE_CONT : PTRACE_SYSCALL, thread, 0L, 0L) < 0 || waitpid(thread, &status, 0) < 0)
			return 99;
	}
	if (!changed)
		return 98;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
