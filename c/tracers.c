/*
 * tracers.c - finds the tracer of a process (ptrace(2)): it can change the results of system calls and so of a proof.
 * seccomp_listener.c finds the other kind of interception.
 *
 * Short-lived children call this: system calls only, no heap, no stdio.
 */
#include "tracers.h"
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
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

/* TracerPid of a thread; 0 if the thread has ended. */
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
