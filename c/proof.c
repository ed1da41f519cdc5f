/*
 * proof.c - attacks on ourselves, each with a control that must come out the other way where there
 * can be one. They are carried out by the throw-away children of attacker.c.
 */
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_READ 4096u
#define TWIN_TIMEOUT_MS 500

int64_t ct_proof_read(const void *at, uint64_t length)
{
	char taken[MOST_READ];
	int64_t result = ct_take(taken, at, length < MOST_READ ? (size_t)length : MOST_READ);

	(void)ct_wipe(taken, sizeof(taken));
	return result;
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
	pid = ct_bare_fork(); /* inherits it */
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
	(void)ct_await_end(pid);
}

static int try_dumpable(const struct ct_attack *attack, int32_t *ret_answer)
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
	struct ct_attack attack = { .victim = getpid(), .run = try_dumpable };
	int32_t answer[CT_MOST_ANSWERS];
	int32_t killed = 0;
	int dumpable = prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L);
	int result = ct_launch(&attack, timeout_ms, answer, &killed);

	if (result < 0)
		return result;
	if (killed != 0) /* by an agent, most likely */
		return -ECHILD;
	*ret_proof = (struct ct_proof_dumpable){ dumpable, answer[0], answer[1], answer[2] };
	return 0;
}

/* ---- is an attack blocked, noticed, punished? ------------------------------------------------ */

static int try_reading(const struct ct_attack *attack, int32_t *ret_answer)
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
	struct ct_attack attack = { getpid(), name, at, try_reading };
	int32_t answer[CT_MOST_ANSWERS] = { 0 };
	int32_t killed = 0;
	int result = ct_launch(&attack, timeout_ms, answer, &killed);

	if (result < 0)
		return result;
	*ret_signal = killed;
	return answer[0];
}

/*
 * The twin: a child of ours that is what we would be without PR_SET_DUMPABLE, attacked by a child of
 * its own. Yama's scope 1 lets only ancestors in, so the twin lets anybody trace it (EINVAL without Yama).
 */
static int try_twin(const struct ct_attack *attack, int32_t *ret_answer)
{
	char mine[8] = "twin";
	struct ct_attack inner = { getpid(), attack->name, mine, try_reading };
	int32_t answer[CT_MOST_ANSWERS] = { 0 };
	int32_t killed = 0;
	int result;

	if (prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L) < 0)
		return 1;
	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0L, 0L, 0L);
	result = ct_launch(&inner, TWIN_TIMEOUT_MS, answer, &killed);
	ret_answer[0] = answer[0];
	ret_answer[1] = killed;
	return result < 0;
}

int32_t ct_proof_twin(const char *name, int32_t timeout_ms, int32_t *ret_signal)
{
	struct ct_attack attack = { getpid(), name, NULL, try_twin };
	int32_t answer[CT_MOST_ANSWERS] = { 0 };
	int32_t killed = 0;
	int result = ct_launch(&attack, timeout_ms, answer, &killed);

	if (result < 0)
		return result;
	if (killed != 0) /* the twin itself, not its attacker */
		return -ECHILD;
	*ret_signal = answer[1];
	return answer[0];
}
