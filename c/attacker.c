/*
 * attacker.c - short-lived children that run an attack and answer through a pipe, with a time limit. The attacks
 * are in proof.c and probe.c.
 *
 * They are created by a bare clone without an exit signal: ct_wait never sees them (waitid without __WALL,
 * waitid(2)), and no atfork handlers run. CLONE_UNTRACED keeps our tracer, if any, from tracing them. They do not
 * inherit arenas (MADV_DONTFORK); each checks this first, and does nothing if it has inherited one. They may only
 * make system calls: other threads may hold locks of the C library.
 */
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t ct_bare_fork(uint64_t flags)
{
	return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

int ct_open_proc(pid_t pid, const char *file)
{
	char digits[16];
	char path[64] = "/proc/";
	size_t length = strlen(path);
	int count = 0;

	for (pid_t rest = pid; rest > 0; rest /= 10)
		digits[count++] = (char)('0' + rest % 10);
	while (count > 0)
		path[length++] = digits[--count];
	memcpy(path + length, file, strlen(file) + 1);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int ct_await_end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, (int)__WCLONE) < 0)
		if (errno != EINTR)
			return 0;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static _Noreturn void attack_and_exit(const struct ct_attack *attack, int out, bool has_no_arenas)
{
	int32_t answer[CT_MOST_ANSWERS] = { 0 };
	int failed;

	if (!has_no_arenas)
		_exit(write(out, "", 1) != 1);
	failed = attack->run(attack, answer);

	if (failed == 0)
		failed = write(out, answer, sizeof(answer)) != (ssize_t)sizeof(answer);
	_exit(failed);
}

/* 0, or -ETIMEDOUT. -EIO: end of file without an answer. -ENOTUNIQ: the one byte of attack_and_exit. */
static int receive_answer(int in, int64_t deadline, int32_t *ret_answer, size_t size)
{
	struct pollfd one = { in, POLLIN, 0 };
	int ready;
	ssize_t got;

	do
		ready = poll(&one, 1, ct_time_left(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return ready < 0 ? -errno : -ETIMEDOUT;
	got = read(in, ret_answer, size);
	if (got == 1)
		return -ENOTUNIQ;
	return got == (ssize_t)size ? 0 : -EIO;
}

int ct_run_attack(const struct ct_attack *attack, int32_t timeout_ms, int32_t *ret_answer, int32_t *ret_signal)
{
	int64_t deadline = ct_deadline(timeout_ms);
	int line[2];
	int heard, ended;
	bool has_no_arenas;
	pid_t pid;

	if (pipe2(line, O_CLOEXEC) < 0)
		return -errno;
	pid = ct_fork_without_arenas(attack->flags, &has_no_arenas);
	if (pid == 0)
		attack_and_exit(attack, line[1], has_no_arenas);
	heard = pid < 0 ? -errno : 0;
	(void)close(line[1]);
	if (pid > 0) {
		heard = receive_answer(line[0], deadline, ret_answer, CT_MOST_ANSWERS * sizeof(int32_t));
		if (heard == -ETIMEDOUT)
			(void)kill(pid, SIGKILL);
		ended = ct_await_end(pid);
		if (heard == -EIO && ended != 0) {
			*ret_signal = ended;
			heard = 0;
		}
	}
	(void)close(line[0]);
	return heard;
}
