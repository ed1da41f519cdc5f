/*
 * tracers.c - finds who stands between a process and the kernel: a tracer (ptrace(2)), or the holder of a
 * seccomp listener (seccomp_unotify(2)). Either can change what system calls answer, and so what a proof finds.
 *
 * Throw-away children call this: system calls only, no heap, no stdio.
 */
#include "tracers.h"
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATUS_BYTES 512 /* TracerPid is the eighth line */
#define DIRECTORY_BYTES 2048

struct directory_entry { /* getdents64(2) */
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* The number after TracerPid in a thread's status; 0 when the thread is gone. */
static int32_t tracer_of(int tasks, const char *tid)
{
	static const char label[] = "\nTracerPid:\t";
	char text[STATUS_BYTES];
	int task = openat(tasks, tid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int status = task < 0 ? -1 : openat(task, "status", O_RDONLY | O_CLOEXEC);
	ssize_t length = status < 0 ? -1 : read(status, text, sizeof(text) - 1);
	int32_t error = errno, pid = 0;
	const char *at;

	if (status >= 0)
		(void)close(status);
	if (task >= 0)
		(void)close(task);
	if (length < 0)
		return error == ENOENT || error == ESRCH ? 0 : -error;
	text[length] = '\0';
	at = strstr(text, label);
	if (at == NULL)
		return -EPROTO;
	for (at += sizeof(label) - 1; *at >= '0' && *at <= '9'; at++)
		pid = pid * 10 + (*at - '0');
	return pid;
}

static int32_t find_in(int tasks)
{
	_Alignas(struct directory_entry) char entries[DIRECTORY_BYTES];
	long length;

	while ((length = syscall(SYS_getdents64, tasks, entries, sizeof(entries))) > 0)
		for (long at = 0; at < length;) {
			const struct directory_entry *entry = (const void *)(entries + at);
			int32_t tracer = entry->name[0] == '.' ? 0 : tracer_of(tasks, entry->name);

			if (tracer != 0)
				return tracer;
			at += entry->length;
		}
	return length < 0 ? -errno : 0;
}

int32_t ct_find_tracer(pid_t pid)
{
	int tasks = ct_open_proc(pid, "/task");
	int32_t tracer;

	if (tasks < 0)
		return -errno;
	tracer = find_in(tasks);
	(void)close(tasks);
	return tracer;
}

int32_t ct_be_traced_by_parent(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

int32_t ct_try_ptrace(void)
{
	return ptrace(PTRACE_SEIZE, INT_MAX, NULL, NULL) < 0 ? errno : 0;
}

int32_t ct_find_listener(uint16_t random)
{
	/* A random errno for getppid(2) shows that the filter is really there: no supervisor can know it. */
	uint32_t error = 1 + random % 4000u;
	struct sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(lines) / sizeof(lines[0]), lines };
	long listener;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0) /* without any filter there is no listener either */
		return errno != EBUSY && prctl(PR_GET_SECCOMP, 0L, 0L, 0L, 0L) == 0 ? 0 : errno;
	errno = 0;
	return syscall(SYS_getppid) < 0 && errno == (int)error ? 0 : EPROTO;
}
