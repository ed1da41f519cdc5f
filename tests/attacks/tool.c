/*
 * tool.c - what debuggers do, step by step, for those that no small machine has. They know no addresses: they read
 * everything.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch.h"

enum { CHUNK = 1 << 16, LINE = 512, CALLS = 40 };

static unsigned char buffer[CHUNK];

typedef ssize_t reader(const struct attack *a, int fd, unsigned long long at, size_t size);

static ssize_t by_file(const struct attack *a, int fd, unsigned long long at, size_t size)
{
	(void)a;
	return pread(fd, buffer, size, (off_t)at);
}

static ssize_t by_call(const struct attack *a, int fd, unsigned long long at, size_t size)
{
	struct iovec here = { buffer, size }, there = { (void *)(uintptr_t)at, size };

	(void)fd;
	return process_vm_readv(a->target.pid, &here, 1, &there, 1, 0);
}

/* Every mapping that can be read. Secrets across two chunks are found elsewhere. */
static int read_everything(const struct attack *a, reader *read_at, int fd)
{
	char path[40], line[LINE], rights[8];
	int result = -ENODATA, error = 0;
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)a->target.pid);
	maps = fopen(path, "r");
	if (maps == NULL)
		return -errno;
	while (result != LEAKED && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long long at, end;

		if (sscanf(line, "%llx-%llx %7s", &at, &end, rights) != 3 || rights[0] != 'r')
			continue;
		for (; at < end && result != LEAKED; at += CHUNK) {
			ssize_t got = read_at(a, fd, at, end - at < CHUNK ? (size_t)(end - at) : CHUNK);

			if (got > 0)
				result = saw(a, buffer, (size_t)got);
			else if (got < 0)
				error = -errno;
		}
	}
	(void)fclose(maps);
	return result == -ENODATA && error != 0 ? error : result;
}

/* gcore, criu: stop it, read /proc/PID/maps and mem. */
static int dump_stopped(struct attack *a)
{
	int fd, result = trace(a->target.pid, (enum way)a->row->number);

	if (result < 0)
		return result;
	fd = open_of(a->target.pid, "mem", O_RDONLY);
	result = fd < 0 ? fd : read_everything(a, by_file, fd);
	untrace(a->target.pid);
	return result;
}

static int scan_running(struct attack *a)
{
	return read_everything(a, by_call, -1);
}

/* strace: every system call of all threads from now on, with what its registers hold. */
static int follow_calls(struct attack *a)
{
	pid_t pid = a->target.tid;
	struct user_regs_struct regs;
	int status, result = trace(pid, BY_SEIZE);

	if (result == 0 && ptrace(PTRACE_SETOPTIONS, pid, 0L, (long)PTRACE_O_TRACESYSGOOD) < 0)
		result = -errno;
	for (int i = 0; result == 0 && i < CALLS; i++) {
		struct __ptrace_syscall_info call = { 0 };
		uint64_t words[4];

		if (ptrace(PTRACE_SYSCALL, pid, 0L, 0L) < 0 || waitpid(pid, &status, __WALL) < 0)
			return -errno;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call) < 0 ||
		    ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
			return -errno;
		arch_held(&regs, words);
		if (call.op == PTRACE_SYSCALL_INFO_ENTRY && saw(a, words, sizeof(words)) == LEAKED)
			result = LEAKED;
	}
	if (result >= 0)
		untrace(pid);
	return result == 0 ? ALLOWED : result;
}

const struct row tool_rows[] = {
	{ .name = "tool_gcore", .vector = "debugger", .what = "gcore: attach, then all of its memory by /proc/PID/mem",
	  .run = dump_stopped, .number = BY_ATTACH },
	{ .name = "tool_criu", .vector = "debugger", .what = "criu: seize, then all of its memory", .run = dump_stopped,
	  .number = BY_SEIZE },
	{ .name = "tool_scanner", .vector = "debugger", .what = "all of its memory by process_vm_readv, running",
	  .run = scan_running },
	{ .name = "tool_strace", .vector = "debugger", .what = "strace: its system calls, with registers",
	  .run = follow_calls },
	{ 0 },
};
