/*
 * seccomp_listener.c - detects a process that holds a seccomp listener of this process (seccomp_unotify(2)): it can
 * answer our system calls instead of the kernel and give us its own descriptors.
 *
 * The kernel permits one listener in a chain of filters; adding a second one fails with EBUSY. The supervisor could
 * also fake the result of seccomp(2), so the effect is tested: the new filter turns getppid(2) into a SIGSYS with
 * SYS_SECCOMP and a random number. No process can send this signal to another (sigqueue(3)), and a filter that traps
 * does not notify listeners.
 */
#include "ct.h"
#include "sharing_child.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECCOMP_TRAPPED 1 /* si_code SYS_SECCOMP, which glibc does not name */
#define STACK_BYTES (16u * 1024)

static struct ct_sharing_child child = CT_NO_CHILD; /* its turn guards these: */
static uint16_t wanted;
static _Alignas(16) char stack[STACK_BYTES];

/* The exit status is the answer: the supervisor could write to memory. */
static void on_trap(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	ct_exit_child(info->si_code == SECCOMP_TRAPPED && info->si_syscall == SYS_getppid && info->si_errno == wanted ? 0 : EPROTO);
}

static long add_trap(void)
{
	struct sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | wanted),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(lines) / sizeof(lines[0]), lines };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Shares our memory, but has its own filters, handlers and descriptors. */
static int try_to_listen(void *unused)
{
	const struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	(void)unused;
	(void)sigaction(SIGSYS, &action, NULL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
	if (add_trap() < 0)
		ct_exit_child(errno);
	(void)syscall(SYS_getppid);
	return EPROTO; /* not trapped; this is the exit status, see clone(3) */
}

int32_t ct_seccomp_listener(void)
{
	int status = 0;
	int result = ct_begin_turn(&child);

	if (result < 0)
		return -result;
	if (syscall(SYS_getrandom, &wanted, sizeof(wanted), 0u) != (long)sizeof(wanted))
		wanted = 1;
	result = ct_run_sharing(&child, try_to_listen, CT_BIT(SIGSYS), stack, sizeof(stack), &status);
	ct_end_turn(&child);
	if (result < 0)
		return -result;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPROTO;
}
