/*
 * proof.c - attacks on ourselves, by throw-away children. They are made with a bare clone that has no
 * exit signal: so ct_wait never sees them (waitid without __WALL), and no atfork handler runs. Arenas
 * are not in their memory (MADV_DONTFORK). They may use system calls only.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_READ 4096u
#define TWIN_TIMEOUT_MS 500

/* What an attacker is told, and what it answers. */
struct attack {
	pid_t victim;
	const char *name;
	const void *at;
	int (*run)(const struct attack *attack, int32_t *ret_answer);
};

#define MOST_ANSWERS 3

int64_t ct_proof_read(const void *at, uint64_t length)
{
	char taken[MOST_READ];
	struct iovec here = { taken, length < MOST_READ ? length : MOST_READ };
	struct iovec there = { (void *)(uintptr_t)at, here.iov_len };
	int64_t result = process_vm_readv(getpid(), &here, 1, &there, 1, 0);

	if (result < 0)
		result = -errno;
	(void)ct_wipe(taken, sizeof(taken));
	return result;
}

static pid_t bare_fork(void)
{
	return (pid_t)syscall(SYS_clone, 0L, NULL, NULL, NULL, NULL);
}

/* Ends a child of ours whatever it does, and says by which signal it ended, or 0. */
static int end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, (int)__WCLONE) < 0)
		if (errno != EINTR)
			return 0;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static _Noreturn void attack_and_exit(const struct attack *attack, int out)
{
	int32_t answer[MOST_ANSWERS] = { 0 };
	int failed = attack->run(attack, answer);

	if (failed == 0)
		failed = write(out, answer, sizeof(answer)) != (ssize_t)sizeof(answer);
	_exit(failed);
}

/* Whether the answer came in time. An end of file without one is no answer, but not late either. */
static int hear(int in, int64_t deadline, int32_t *ret_answer, size_t size)
{
	struct pollfd one = { in, POLLIN, 0 };
	int ready;
	ssize_t got;

	do
		ready = poll(&one, 1, ct_left(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return ready < 0 ? -errno : -ETIMEDOUT;
	got = read(in, ret_answer, size);
	return got == (ssize_t)size ? 0 : -EIO;
}

/*
 * 0 and the answer. *ret_signal: what killed the attacker before it could answer, then there is none.
 * -ETIMEDOUT; -EIO: it failed to carry out the attack.
 */
static int launch(const struct attack *attack, int32_t timeout_ms, int32_t *ret_answer, int32_t *ret_signal)
{
	int64_t deadline = ct_deadline(timeout_ms);
	int line[2];
	int heard, ended;
	pid_t pid;

	if (pipe2(line, O_CLOEXEC) < 0)
		return -errno;
	pid = bare_fork();
	if (pid == 0)
		attack_and_exit(attack, line[1]);
	heard = pid < 0 ? -errno : 0;
	(void)close(line[1]);
	if (pid > 0) {
		heard = hear(line[0], deadline, ret_answer, MOST_ANSWERS * sizeof(int32_t));
		if (heard == -ETIMEDOUT)
			(void)kill(pid, SIGKILL);
		ended = end(pid);
		if (heard == -EIO && ended != 0) {
			*ret_signal = ended;
			heard = 0;
		}
	}
	(void)close(line[0]);
	return heard;
}

/* ---- can the memory of a process be opened? -------------------------------------------------- */

/* "/proc/<pid>/mem" without stdio, which is not for a child of a threaded process. */
static int open_memory(pid_t pid)
{
	char digits[16];
	char path[40] = "/proc/";
	size_t length = strlen(path);
	int count = 0;

	for (pid_t rest = pid; rest > 0; rest /= 10)
		digits[count++] = (char)('0' + rest % 10);
	while (count > 0)
		path[length++] = digits[--count];
	memcpy(path + length, "/mem", sizeof("/mem"));
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int32_t errno_of_opening(pid_t pid)
{
	int fd = open_memory(pid);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };

	return (int)syscall(SYS_capset, &header, none);
}

/* A child that does nothing until it is killed, dumpable from its first moment on or not. */
static pid_t start_target(int dumpable)
{
	pid_t attacker = getpid();
	pid_t pid;

	if (prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0L, 0L, 0L) < 0)
		return -1;
	pid = bare_fork(); /* inherits it */
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	while (getppid() == attacker)
		(void)poll(NULL, 0, -1);
	_exit(0);
}

static void stop_target(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)end(pid);
}

static int try_dumpable(const struct attack *attack, int32_t *ret_answer)
{
	pid_t control, shut;
	int failed;

	/* Without capabilities, as a neighbour with our uid; the targets have none either, so that
	 * only being dumpable tells them apart. */
	if (drop_capabilities() < 0)
		return 1;
	control = start_target(1);
	shut = start_target(0);
	failed = control <= 0 || shut <= 0;
	if (!failed) {
		ret_answer[0] = errno_of_opening(attack->victim);
		ret_answer[1] = errno_of_opening(shut);
		ret_answer[2] = errno_of_opening(control);
	}
	stop_target(control);
	stop_target(shut);
	return failed;
}

int32_t ct_proof_dumpable(int32_t timeout_ms, struct ct_proof_dumpable *ret_proof)
{
	struct attack attack = { .victim = getpid(), .run = try_dumpable };
	int32_t answer[MOST_ANSWERS];
	int32_t killed = 0;
	int dumpable = prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L);
	int result = launch(&attack, timeout_ms, answer, &killed);

	if (result < 0)
		return result;
	if (killed != 0) /* by an agent, most likely */
		return -ECHILD;
	*ret_proof = (struct ct_proof_dumpable){ dumpable, answer[0], answer[1], answer[2] };
	return 0;
}

/* ---- is an attack blocked, noticed, punished? ------------------------------------------------ */

static int try_reading(const struct attack *attack, int32_t *ret_answer)
{
	char byte[8];
	struct iovec here = { byte, sizeof(byte) };
	struct iovec there = { (void *)(uintptr_t)attack->at, sizeof(byte) };
	int32_t opening, reading;

	(void)prctl(PR_SET_NAME, attack->name, 0L, 0L, 0L);
	opening = errno_of_opening(attack->victim);
	reading = process_vm_readv(attack->victim, &here, 1, &there, 1, 0) < 0 ? errno : 0;
	(void)ct_wipe(byte, sizeof(byte));
	ret_answer[0] = opening == 0 ? 0 : reading;
	return 0;
}

int32_t ct_proof_attack(const char *name, const void *at, int32_t timeout_ms, int32_t *ret_signal)
{
	struct attack attack = { getpid(), name, at, try_reading };
	int32_t answer[MOST_ANSWERS] = { 0 };
	int32_t killed = 0;
	int result = launch(&attack, timeout_ms, answer, &killed);

	if (result < 0)
		return result;
	*ret_signal = killed;
	return answer[0];
}

/*
 * The twin: a child of ours that is what we would be without PR_SET_DUMPABLE, attacked by a child of
 * its own. Yama's scope 1 lets only ancestors in, so the twin lets anybody trace it (EINVAL without Yama).
 */
static int try_twin(const struct attack *attack, int32_t *ret_answer)
{
	char mine[8] = "twin";
	struct attack inner = { getpid(), attack->name, mine, try_reading };
	int32_t answer[MOST_ANSWERS] = { 0 };
	int32_t killed = 0;
	int result;

	if (prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L) < 0)
		return 1;
	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0L, 0L, 0L);
	result = launch(&inner, TWIN_TIMEOUT_MS, answer, &killed);
	ret_answer[0] = answer[0];
	ret_answer[1] = killed;
	return result < 0;
}

int32_t ct_proof_twin(const char *name, int32_t timeout_ms, int32_t *ret_signal)
{
	struct attack attack = { getpid(), name, NULL, try_twin };
	int32_t answer[MOST_ANSWERS] = { 0 };
	int32_t killed = 0;
	int result = launch(&attack, timeout_ms, answer, &killed);

	if (result < 0)
		return result;
	if (killed != 0) /* the twin itself, not its attacker */
		return -ECHILD;
	*ret_signal = answer[1];
	return answer[0];
}
