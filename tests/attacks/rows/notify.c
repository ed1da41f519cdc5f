/*
 * notify.c - a supervisor of system calls (seccomp user notification). A filter from before execve(2) stays, and the
 * process with its listener answers calls or puts descriptors into the victim, past all security hooks.
 */
#include "../attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

/* Shared by the process that starts the victim and the supervisor, as their descriptors are. */
struct start {
	volatile int listener, victim;
};

/* A call that only the victim's thread makes: the C library sleeps by another one. */
static int add_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_nanosleep, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

	return fd < 0 ? -errno : (int)fd;
}

/* Starts the victim under the filter, and stays its parent. */
static _Noreturn void start(const struct attack *a, struct start *shared)
{
	struct target target;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
	shared->listener = add_filter();
	if (shared->listener >= 0)
		shared->victim = start_victim(&target, a->options->agent_socket, 0);
	for (;;)
		pause_ms(1000);
}

static int answer(int listener, const struct seccomp_notif *call, int passes)
{
	struct seccomp_notif_resp reply = {
		.id = call->id,
		.flags = passes ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
	};

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) < 0 ? -errno : 0;
}

static int put_descriptor(int listener, const struct seccomp_notif *call)
{
	struct seccomp_notif_addfd one = { .id = call->id, .srcfd = STDERR_FILENO };

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &one) < 0 ? -errno : LEAKED;
}

/* The victim's calls pass until it is protected; the next one is attacked. */
static int supervise(const struct attack *a, const struct start *shared)
{
	while (shared->victim >= 0) {
		int may_attack = shared->victim > 0, result;
		struct seccomp_notif call = { 0 };

		if (ioctl(shared->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return -errno;
		}
		if (may_attack && a->row->number == ANSWERS)
			return answer(shared->listener, &call, 0) < 0 ? -errno : LEAKED;
		result = may_attack ? put_descriptor(shared->listener, &call) : 0;
		(void)answer(shared->listener, &call, 1);
		if (result != 0)
			return result;
	}
	return -EPERM; /* it exits when it is not registered */
}

/* RECV waits for a call, and a victim that was not registered makes none: a signal ends the wait. */
static void on_alarm(int signal)
{
	(void)signal;
	(void)alarm(1);
}

int supervise_victim(struct attack *a)
{
	struct start *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sigaction action = { .sa_handler = on_alarm };
	char code[40];
	long pid;
	int result;

	if (shared == MAP_FAILED)
		return -errno;
	*shared = (struct start){ 0 };
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0L);
	if (pid == 0)
		start(a, shared);
	while (pid > 0 && shared->listener == 0)
		pause_ms(1);
	if (pid < 0 || shared->listener < 0)
		return pid < 0 ? -errno : shared->listener;
	(void)sigaction(SIGALRM, &action, NULL);
	(void)alarm(1);
	result = supervise(a, shared);
	if (shared->victim > 0)
		(void)kill(shared->victim, SIGKILL);
	(void)kill((pid_t)pid, SIGKILL);
	(void)snprintf(code, sizeof(code), "/tmp/victim.%ld.code", pid);
	(void)unlink(code);
	return result;
}
