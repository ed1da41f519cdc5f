/*
 * fetcher.h - starts the first fetcher from the entry stub, so that wrapper and
 * fetcher come up side by side instead of one after the other (35 ms on two
 * cores). It is forked when the loader has finished: what the loader did is done
 * once for both, 4 ms. src/fetcher/ describes a fetcher and starts the later
 * ones. If this fails, the wrapper starts the first one too.
 * Included once, by stub.c.
 */
#pragma once

#define PR_SET_PDEATHSIG 1
#define PR_SET_DUMPABLE 4
#define SIGKILL 9
#define AF_UNIX 1
#define SOCK_STREAM_CLOEXEC 02000001
#define F_DUPFD_CLOEXEC 1030
#define CONTROL_FD 3 /* then inbox and outbox: src/protocol/fetcher/messages.ts */

#define SECRETMEM_MAGIC 0x5345434d
#define MOST_STATFS 120 /* struct statfs, whose first word is the magic number */

#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

struct fetcher {
	long pid; /* > 0: of the started fetcher; 0: this process is the fetcher; < 0: none */
	long control, inbox, outbox;
};

static int is_equal(const char *text, const char *other)
{
	while (*text && *text == *other) {
		text++;
		other++;
	}
	return *text == *other;
}

/* Whether the entry is NAME=VALUE with a value; `name` includes the "=". */
static int is_set(const char *entry, const char *name)
{
	while (*name && *entry == *name) {
		entry++;
		name++;
	}
	return *name == 0 && *entry != 0;
}

/* If one is closed, the next opened file takes its number, and messages would be written into it. */
static int has_standard_streams(void)
{
	return is_open(0) && is_open(1) && is_open(2);
}

/* A later fetcher, which the wrapper starts by this command. */
static int is_fetcher(const uint64_t *kernel)
{
	return kernel[0] > 1 && is_equal((const char *)kernel[2], "cloudtaser-fetcher");
}

/* With a Vault address secrets are wanted, unless the command line names a command of src/cli/command_line.ts. */
static int wants_fetcher(const uint64_t *kernel, const uint64_t *environment)
{
	static const char commands[][19] = {
		"check", "install", "agent",  "status", "policy",    "cloudtaser-fetcher", "cloudtaser-events",
		"help",  "version", "--help", "-h",     "--version", "-V",
	};

	if (kernel[0] < 2 || !has_standard_streams())
		return 0;
	for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (is_equal((const char *)kernel[2], commands[i]))
			return 0;
	for (; *environment; environment++)
		if (is_set((const char *)*environment, "VAULT_ADDR=") || is_set((const char *)*environment, "BAO_ADDR="))
			return 1;
	return 0;
}

static void close_fd(long fd)
{
	if (fd >= 0)
		(void)call4(__NR_close, fd, 0, 0, 0);
}

/* The environment may hold a token; the fetcher gets its own through the inbox. */
static void wipe_environment(const uint64_t *environment)
{
	for (; *environment; environment++)
		for (volatile char *at = (char *)*environment; *at; at++)
			*at = 0;
}

/* Moves the three descriptors to 3, 4 and 5, and closes all others above standard error. */
static void move_descriptors(const struct fetcher *fetcher)
{
	const long from[] = { fetcher->control, fetcher->inbox, fetcher->outbox };
	long kept[3];

	for (int i = 0; i < 3; i++)
		kept[i] = call4(__NR_fcntl, from[i], F_DUPFD_CLOEXEC, CONTROL_FD + 3, 0);
	for (int i = 0; i < 3; i++)
		(void)call4(__NR_dup3, kept[i], CONTROL_FD + i, O_CLOEXEC, 0);
	(void)call4(__NR_close_range, CONTROL_FD + 3, 0xffffffffL, 0, 0);
}

static void become_fetcher(const struct fetcher *fetcher, const uint64_t *environment, long parent)
{
	(void)call4(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
	if (call4(__NR_getppid, 0, 0, 0, 0) != parent)
		(void)call4(__NR_exit_group, EXIT_INTERNAL, 0, 0, 0);
	wipe_environment(environment);
	move_descriptors(fetcher);
}

/* A new file of secret memory, or < 0: see made_memfd. */
static long make_secret_file(void)
{
	long fs[MOST_STATFS / sizeof(long)];
	long fd = call4(__NR_memfd_secret, O_CLOEXEC, 0, 0, 0);

	if (fd < 0)
		return fd;
	fs[0] = 0; /* a seccomp filter may return 0 without writing to it */
	if (call4(__NR_fcntl, fd, F_GETFD, 0, 0) != FD_CLOEXEC || call4(__NR_fstatfs, fd, (long)fs, 0, 0) < 0)
		return -EBADFD;
	return fs[0] == SECRETMEM_MAGIC ? fd : -EBADFD;
}

/*
 * Both arenas are still empty files: both processes map and close them before anything is written. fork is libc's,
 * which also corrects libc's own record of the thread.
 */
static struct fetcher start_fetcher(int (*fork)(void), const uint64_t *environment)
{
	struct fetcher fetcher = { .pid = -1, .control = -1 };
	int pair[2] = { -1, -1 };
	long parent = call4(__NR_getpid, 0, 0, 0, 0);

	fetcher.inbox = make_secret_file();
	fetcher.outbox = make_secret_file();
	(void)call4(__NR_socketpair, AF_UNIX, SOCK_STREAM_CLOEXEC, 0, (long)pair);
	if (fetcher.inbox >= 0 && fetcher.outbox >= 0 && pair[0] >= 0 && fork)
		fetcher.pid = fork();
	fetcher.control = fetcher.pid == 0 ? pair[1] : pair[0];
	close_fd(fetcher.pid == 0 ? pair[0] : pair[1]);
	if (fetcher.pid == 0)
		become_fetcher(&fetcher, environment, parent);
	if (fetcher.pid < 0) {
		close_fd(fetcher.control);
		close_fd(fetcher.inbox);
		close_fd(fetcher.outbox);
	}
	return fetcher;
}
