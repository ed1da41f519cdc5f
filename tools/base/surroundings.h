/*
 * surroundings.h - checks the limits, streams and directory that this process
 * inherited, and resets its signals. Where Deno or V8 would abort or exit without
 * a line, the stub prints one with the remedy. Included once, by stub.c, behind
 * text.h.
 */
#pragma once

#define SIG_BLOCK 0
#define LAST_SIGNAL 64
#define F_GETFD 1
#define O_CLOEXEC 02000000
#define PATH_BYTES 4096
#define RLIMIT_DATA 2
#define RLIMIT_STACK 3
#define RLIMIT_NOFILE 7
#define RLIMIT_AS 9
#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/*
 * Measured on Deno 2.9.6: the least that starts every time. V8 reserves 32 GiB of addresses at a multiple
 * of 32 GiB: for that, 64 GiB when its first guess is taken.
 */
#define NEEDED_STACK (512 * KIB)
#define NEEDED_ADDRESSES (65 * GIB)
#define NEEDED_DATA (600 * MIB)
#define NEEDED_FILES 64

struct limit {
	uint64_t soft, hard;
};

static struct limit limit_of(int resource)
{
	struct limit limit = { ~(uint64_t)0, ~(uint64_t)0 };

	(void)call4(__NR_prlimit64, 0, resource, 0, (long)&limit);
	return limit;
}

/* Called by ct_start on the kernel's own block: what follows needs 16 KiB at once. */
__attribute__((visibility("hidden"))) void require_stack(void)
{
	if (limit_of(RLIMIT_STACK).soft < NEEDED_STACK)
		fail(EXIT_KERNEL, "RLIMIT_STACK is below 512 KiB", 0, ": raise it (ulimit -s)");
}

/* Deno raises the soft limit of files, too. Returns the old one, which the application gets. */
static uint64_t take_limits(void)
{
	struct limit files = limit_of(RLIMIT_NOFILE);
	struct limit raised = { files.hard, files.hard };

	if (limit_of(RLIMIT_AS).soft < NEEDED_ADDRESSES)
		fail(EXIT_KERNEL, "RLIMIT_AS is below 65 GiB", 0,
		     ": raise it (ulimit -v unlimited); addresses are reserved, memory is not used");
	if (limit_of(RLIMIT_DATA).soft < NEEDED_DATA)
		fail(EXIT_KERNEL, "RLIMIT_DATA is below 600 MiB", 0,
		     ": raise it (ulimit -d unlimited); memory is reserved, not used");
	if (files.hard < NEEDED_FILES)
		fail(EXIT_KERNEL, "RLIMIT_NOFILE is below 64", 0, ": raise the hard limit of open files (ulimit -n)");
	(void)call4(__NR_prlimit64, 0, RLIMIT_NOFILE, (long)&raised, 0);
	return files.soft;
}

/* Deno reads it first. The path of a directory outside of the root begins with "(unreachable)". */
static void require_directory(void)
{
	char path[PATH_BYTES];
	long answer = call4(__NR_getcwd, (long)path, sizeof path, 0, 0);

	if (answer == -ENOENT || (answer > 0 && path[0] != '/'))
		fail(EXIT_KERNEL, "the working directory does not exist any more", 0, ": start in one that does");
}

static int is_open(int fd)
{
	return call4(__NR_fcntl, fd, F_GETFD, 0, 0) >= 0;
}

/* Deno opens /dev/null for closed streams and aborts when it cannot. */
static void require_streams(void)
{
	long fd;

	if (is_open(0) && is_open(1) && is_open(2))
		return;
	fd = call4(__NR_openat, -100, (long)"/dev/null", 2 /* O_RDWR */, 0);
	if (fd < 0)
		fail(EXIT_KERNEL, "open(/dev/null)", fd, ": needed, as one of the standard streams is closed");
	(void)call4(__NR_close, fd, 0, 0, 0);
}

/*
 * Resets all signals to their default: a process that ignores SIGCHLD is not notified of a child's end. Blocks
 * all of them: every thread of Deno inherits the mask, so no signal is lost before the wrapper reads them. A
 * fault ends the process even so (force_sig_info_to_task in the kernel). glibc uses 32 and 33.
 */
static void own_signals(void)
{
	static const uint64_t zeros[4]; /* the kernel's struct sigaction: SIG_DFL, no flags */
	uint64_t mask = ~((uint64_t)3 << 31);

	(void)call4(__NR_rt_sigprocmask, SIG_BLOCK, (long)&mask, 0, sizeof mask);
	for (int signo = 1; signo <= LAST_SIGNAL; signo++)
		(void)call4(__NR_rt_sigaction, signo, (long)zeros, 0, sizeof mask);
}
