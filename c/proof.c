/*
 * proof.c - attacks on this process, with controls that must give the opposite result. The short-lived children of
 * attacker.c run them.
 */
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MOST_READ 4096u

int64_t ct_proof_read(const void *at, uint64_t length)
{
	char copy[MOST_READ];
	int64_t result = ct_kernel_copy(copy, at, length < MOST_READ ? (size_t)length : MOST_READ);

	(void)ct_wipe(copy, sizeof(copy));
	return result;
}

int32_t ct_file_system(const char *path, uint64_t *ret_magic)
{
	struct statfs fs = { .f_type = 0 };
	int fd = open(path, O_PATH | O_CLOEXEC);
	int32_t result;

	if (fd < 0)
		return -errno;
	result = fstatfs(fd, &fs) < 0 ? -errno : 0;
	(void)close(fd);
	if (result == 0)
		*ret_magic = (uint64_t)fs.f_type;
	return result;
}

/* ---- opening the memory of a process ---------------------------------------------------------- */

static int32_t errno_of_opening(pid_t pid)
{
	int fd = ct_open_proc(pid, "/mem");

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

/* A child that does nothing until it is killed. It inherits being dumpable or not. */
static pid_t start_target(int dumpable)
{
	pid_t attacker = getpid();
	pid_t pid;

	if (prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0L, 0L, 0L) < 0)
		return -1;
	pid = ct_bare_fork(CLONE_UNTRACED);
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

	/* Without capabilities, like another process of our uid. The targets have none either, so that they only
	 * differ in being dumpable. */
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
	struct ct_attack attack = { .victim = getpid(), .flags = CLONE_UNTRACED, .run = try_dumpable };
	int32_t answer[CT_MOST_ANSWERS];
	int32_t killed = 0;
	int dumpable = prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L);
	int result = ct_run_attack(&attack, timeout_ms, answer, &killed);

	if (result < 0)
		return result;
	if (killed != 0) /* by an agent, most likely */
		return -ECHILD;
	*ret_proof = (struct ct_proof_dumpable){ dumpable, answer[0], answer[1], answer[2] };
	return 0;
}
