/*
 * fault.c - makes a process fault by itself: its first thread goes on at address 0.
 *
 *     fault PID
 */
#include <stddef.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
	struct user_regs_struct regs;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0 || waitpid(pid, NULL, 0) < 0 ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return 1;
	regs.rip = 0;
	regs.orig_rax = (unsigned long)-1; /* no system call is begun again */
	return ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0 || ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0;
}
