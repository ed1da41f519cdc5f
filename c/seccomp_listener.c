/*
 * seccomp_listener.c - finds a process that holds a seccomp listener of ours (seccomp_unotify(2)): it can answer our
 * system calls in the kernel's place, and hand us descriptors of its own.
 *
 * The kernel allows one listener in a chain of filters and refuses a second one with EBUSY. That seccomp(2) was
 * carried out, and not answered by the supervisor, is seen by its effect: the filter turns getppid(2) into a
 * SIGSYS with SYS_SECCOMP and a random number. No process can send that signal to another (sigqueue(3)), and no
 * listener is asked where a filter traps.
 */
#include "process.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECCOMP_TRAPPED 1 /* si_code SYS_SECCOMP, which glibc does not name */
#define KERNEL_MASK_BYTES 8u
#define STACK_BYTES (16u * 1024)

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static uint16_t wanted;
static _Alignas(16) char stack[STACK_BYTES];

/* As _exit(2), whose declaration makes AddressSanitizer look for the end of a stack that it does not know. */
static void leave(int status)
{
	(void)syscall(SYS_exit_group, status);
}

/* The status is the answer: a memory cell could be written by who supervises. */
static void on_trap(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	leave(info->si_code == SECCOMP_TRAPPED && info->si_syscall == SYS_getppid && info->si_errno == wanted ? 0 : EPROTO);
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

/* In our memory, but with filters, handlers and descriptors of its own. */
static int try_to_listen(void *unused)
{
	const struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	const uint64_t none = 0;

	(void)unused;
	(void)sigaction(SIGSYS, &action, NULL);
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, (size_t)KERNEL_MASK_BYTES);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
	if (add_trap() < 0)
		leave(errno);
	(void)syscall(SYS_getppid);
	return EPROTO; /* it was not trapped; clone(3) makes an exit of it */
}

int32_t ct_seccomp_listener(void)
{
	int status = 0, result;
	pid_t pid;

	(void)pthread_mutex_lock(&turn);
	if (syscall(SYS_getrandom, &wanted, sizeof(wanted), 0u) != (long)sizeof(wanted))
		wanted = 1;
	CT_FRESH_STACK(stack, sizeof(stack));
	/* Untraced: a tracer of ours must not hold it, because we stand still until it ends. */
	pid = clone(try_to_listen, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_UNTRACED, NULL);
	result = pid < 0 ? errno : 0;
	while (pid > 0 && waitpid(pid, &status, (int)__WCLONE) < 0)
		if (errno != EINTR) {
			result = errno;
			break;
		}
	(void)pthread_mutex_unlock(&turn);
	if (result != 0)
		return result;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPROTO;
}
