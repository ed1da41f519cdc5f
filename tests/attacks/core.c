/*
 * core.c - has the victim dump its core: signals by every call that sends one, limits lifted from outside, and a
 * program of ours as the receiver of dumps. For a dump that can be searched, core_pattern must be an absolute path
 * with %P or %p in it (the runner's business; --control --disposable sets one).
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATTERN "/proc/sys/kernel/core_pattern"

enum { DEATH_MS = 10000, SILENCE_MS = 1000, STEP_MS = 20, TEXT = 256, PATH_ROOM = 800 };

static int is_gone(pid_t pid)
{
	return strchr("ZX", state_of(pid)) != NULL;
}

/* Where the dump will be. Empty when nobody can know. */
static void path_of_dump(const struct attack *a, pid_t pid, char path[PATH_ROOM])
{
	char pattern[TEXT], uses_pid[TEXT], folder[TEXT + 2] = "", *number, digits[16];

	(void)snprintf(digits, sizeof(digits), "%d", (int)pid);
	path[0] = '\0';
	if (get_text(PATTERN, pattern, sizeof(pattern)) < 0 || pattern[0] == '|' ||
	    get_text("/proc/sys/kernel/core_uses_pid", uses_pid, sizeof(uses_pid)) < 0)
		return;
	if (pattern[0] != '/')
		(void)snprintf(folder, sizeof(folder), "%s/", a->target.cwd);
	number = strcasestr(pattern, "%p");
	if (number == NULL && strchr(pattern, '%') == NULL)
		(void)snprintf(path, PATH_ROOM, "%s%s%s%s", folder, pattern, uses_pid[0] == '1' ? "." : "",
			       uses_pid[0] == '1' ? digits : "");
	if (number == NULL)
		return;
	*number = '\0';
	(void)snprintf(path, PATH_ROOM, "%s%s%s%s", folder, pattern, digits, number + 2);
}

static int search_dump(const struct attack *a, pid_t pid, const char *path)
{
	const int is_silent = a->row->text != NULL && a->row->text[0] == 's'; /* nobody is told of a refusal */
	int fd, result;

	for (int waited = 0; !is_gone(pid); waited += STEP_MS) {
		if (waited > (is_silent && !a->options->is_control ? SILENCE_MS : DEATH_MS))
			return is_silent ? -ETIMEDOUT : ALLOWED; /* it lives */
		moment(STEP_MS);
	}
	fd = path[0] == '\0' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ALLOWED; /* dead, without a dump */
	result = saw_file(a, fd);
	(void)close(fd);
	(void)unlink(path);
	return result == LEAKED ? LEAKED : ALLOWED;
}

static void lift_limit(pid_t pid)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	(void)prlimit(pid, RLIMIT_CORE, &all, NULL);
}

static int send_info(pid_t pid, pid_t tid, int signal)
{
	siginfo_t info = { .si_signo = signal, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	if (tid != 0)
		return (int)syscall(SYS_rt_tgsigqueueinfo, pid, tid, signal, &info);
	return (int)syscall(SYS_rt_sigqueueinfo, pid, signal, &info);
}

/* The kernel sends the signal, on behalf of a pipe of ours whose owner the victim is said to be. */
static int send_by_pipe(pid_t pid, int signal)
{
	int ends[2];

	if (pipe(ends) < 0 || fcntl(ends[0], F_SETOWN, pid) < 0 || fcntl(ends[0], F_SETSIG, signal) < 0 ||
	    fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) < 0)
		return -1;
	return write(ends[1], "", 1) == 1 ? 0 : -1;
}

static int send_signal(const struct attack *a, pid_t pid, int signal)
{
	switch (a->row->text[0]) {
	case 'k':
		return kill(pid, signal);
	case 't':
		return (int)syscall(SYS_tkill, a->target.tid, signal);
	case 'g':
		return (int)syscall(SYS_tgkill, pid, a->target.tid, signal);
	case 'q':
		return send_info(pid, 0, signal);
	case 'Q':
		return send_info(pid, a->target.tid, signal);
	case 'f':
		return (int)syscall(SYS_pidfd_send_signal, open_pidfd(pid, 0), signal, NULL, 0);
	case 'G': /* its own: others are in ours */
		return getpgid(pid) == pid ? kill(-pid, signal) : (errno = ENOENT, -1);
	default:
		return send_by_pipe(pid, signal);
	}
}

/* text: how, then whose. */
static int dump(struct attack *a)
{
	pid_t pid = who(a, a->row->text[1]);
	char path[PATH_ROOM];

	path_of_dump(a, pid, path);
	if (path[0] != '\0')
		lift_limit(pid);
	if (send_signal(a, pid, (int)a->row->number) < 0)
		return -errno;
	return search_dump(a, pid, path);
}

/* To no limit; or, where text says so, to what it is. */
static int set_limit(struct attack *a)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const enum __rlimit_resource limit = (enum __rlimit_resource)a->row->number;

	if (a->row->text != NULL && prlimit(a->target.pid, limit, NULL, &all) < 0)
		return -errno;
	return prlimit(a->target.pid, limit, &all, NULL) < 0 ? -errno : ALLOWED;
}

/* Dumps go to a program of ours; then the victim gets a signal. */
static int receive_dump(struct attack *a)
{
	char before[TEXT], self[120] = "", pattern[TEXT];
	const char *path = "/tmp/attack.received";
	int failed = get_text(PATTERN, before, sizeof(before)), result;

	if (failed < 0 || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return failed < 0 ? failed : -errno;
	(void)snprintf(pattern, sizeof(pattern), "|%s --receive-dump %s", self, path);
	failed = put_text(PATTERN, pattern);
	if (failed < 0)
		return failed;
	lift_limit(a->target.pid);
	result = kill(a->target.pid, SIGSEGV) < 0 ? -errno : search_dump(a, a->target.pid, path);
	(void)put_text(PATTERN, before);
	return result;
}

#define DUMP(id, says, how, signal) \
	{ .name = id, .vector = "core_signal", .what = says, .run = dump, .text = how, .number = signal, .flags = ENDS_VICTIM }

const struct row core_rows[] = {
	{ .name = "prlimit_core", .vector = "core_signal", .what = "RLIMIT_CORE lifted from outside", .run = set_limit,
	  .number = RLIMIT_CORE },
	{ .name = "prlimit_memlock", .vector = "core_signal", .what = "RLIMIT_MEMLOCK set from outside", .run = set_limit,
	  .text = "as it is", .number = RLIMIT_MEMLOCK },
	DUMP("dump_kill_quit", "SIGQUIT by kill", "kp", SIGQUIT),
	DUMP("dump_tgkill_abort", "SIGABRT by tgkill to a thread", "gp", SIGABRT),
	DUMP("dump_tkill_segv", "SIGSEGV by tkill to a thread", "tp", SIGSEGV),
	DUMP("dump_sigqueue_segv", "SIGSEGV by rt_sigqueueinfo", "qp", SIGSEGV),
	DUMP("dump_tgsigqueue_bus", "SIGBUS by rt_tgsigqueueinfo to a thread", "Qp", SIGBUS),
	DUMP("dump_pidfd_quit", "SIGQUIT by pidfd_send_signal", "fp", SIGQUIT),
	DUMP("dump_kill_sys", "SIGSYS by kill", "kp", SIGSYS),
	DUMP("dump_kill_xcpu", "SIGXCPU by kill", "kp", SIGXCPU),
	DUMP("dump_group_trap", "SIGTRAP to the process group", "Gp", SIGTRAP),
	DUMP("dump_sigio", "SIGQUIT by a pipe (F_SETOWN, F_SETSIG, O_ASYNC)", "sp", SIGQUIT),
	DUMP("dump_late_child", "SIGQUIT to a child made after protection", "kl", SIGQUIT),
	{ .name = "core_pattern_pipe", .vector = "core_pattern", .what = "a program of ours receives the dump",
	  .run = receive_dump, .flags = ENDS_VICTIM | HITS_MACHINE },
	{ 0 },
};
