/*
 * spawn_test.c - what a child starts with: program, environment, descriptors, signals, limits, terminal.
 * process_test.c is about exits and signals.
 */
#include "launch.h"

#include "internal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int32_t execute(const char *const *paths, char *const *envp)
{
	static char *const argv[] = { (char *)(uintptr_t)"x", NULL };
	struct ct_spawn what = { .paths = paths, .argv = argv, .envp = envp };

	return ct_spawn(&what);
}

static void make_file(const char *path, const char *content, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK_EQUAL(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	CHECK_EQUAL(fchmod(fd, mode), 0);
	CHECK_EQUAL(close(fd), 0);
}

static void test_errors_of_execve(void)
{
	char folder[] = "/tmp/ct-spawn-XXXXXX";
	char plain[64], garbage[64], below[80];
	static char big[9000000];
	char *const huge[] = { big, NULL };

	CHECK(mkdtemp(folder) != NULL);
	(void)snprintf(plain, sizeof(plain), "%s/plain", folder);
	(void)snprintf(garbage, sizeof(garbage), "%s/garbage", folder);
	(void)snprintf(below, sizeof(below), "%s/plain/below", folder);
	make_file(plain, "text", 0644);
	make_file(garbage, "\001\002\003", 0755);
	memset(big, 'A', sizeof(big) - 1);
	CHECK_EQUAL(execute((const char *[]){ "/nonexistent", NULL }, NO_ENVIRONMENT), -ENOENT);
	CHECK_EQUAL(execute((const char *[]){ NULL }, NO_ENVIRONMENT), -ENOENT);
	CHECK_EQUAL(execute((const char *[]){ below, NULL }, NO_ENVIRONMENT), -ENOTDIR);
	CHECK_EQUAL(execute((const char *[]){ plain, NULL }, NO_ENVIRONMENT), -EACCES);
	CHECK_EQUAL(execute((const char *[]){ folder, NULL }, NO_ENVIRONMENT), -EACCES);
	CHECK_EQUAL(execute((const char *[]){ garbage, NULL }, NO_ENVIRONMENT), -ENOEXEC);
	CHECK_EQUAL(execute((const char *[]){ "/bin/true", NULL }, huge), -E2BIG);
	/* Like execvp: later candidates are tried, and EACCES outweighs ENOENT. */
	CHECK_EQUAL(execute((const char *[]){ plain, "/nonexistent", NULL }, NO_ENVIRONMENT), -EACCES);
	CHECK_EQUAL(execute((const char *[]){ garbage, "/bin/true", NULL }, NO_ENVIRONMENT), -ENOEXEC);
	CHECK_EQUAL(end_of(execute((const char *[]){ "/nonexistent", plain, "/bin/true", NULL }, NO_ENVIRONMENT)), 0);
	CHECK(!has_children());
	(void)unlink(plain);
	(void)unlink(garbage);
	(void)rmdir(folder);
}

static void test_environment_comes_straight_from_the_arena(void)
{
	struct ct_arena *arena;
	int32_t fd = ct_arena_fd(CT_SECRETMEM);
	char *envp[2] = { NULL, NULL };
	char text[64];
	void *at;
	uint64_t length;

	if (fd < 0)
		lacks("memfd_secret");
	CHECK_EQUAL(ct_arena_map(fd, PAGE, 0, &arena), 0);
	CHECK_EQUAL(ct_arena_format(arena), 0);
	CHECK_EQUAL(ct_arena_add(arena, 32), 0);
	CHECK_EQUAL(ct_arena_block(arena, 0, &at, &length), 0);
	memcpy(at, "SECRET=a \xff\x80 b", 14);
	envp[0] = at;
	output_of(shell("printf %s \"$SECRET\" >&3", envp), text, sizeof(text));
	CHECK(strcmp(text, "a \xff\x80 b") == 0);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

static void test_descriptors_do_not_overwrite_each_other(void)
{
	struct ct_spawn what =
		shell("printf 3 >&3; printf 4 >&4; printf 5 >&5; test ! -e /proc/self/fd/6", NO_ENVIRONMENT);
	int32_t fds[3];
	int lines[3][2];

	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(pipe(lines[i]), 0);
	/* The write ends have the numbers that they will get, in another order. */
	for (int i = 0; i < 3; i++) {
		int parked = fcntl(lines[i][1], F_DUPFD, 100);

		CHECK_EQUAL(close(lines[i][1]), 0);
		lines[i][1] = parked;
	}
	CHECK_EQUAL(fcntl(0, F_DUPFD, 200), 200); /* must not be inherited */
	for (int i = 0; i < 3; i++)
		fds[i] = lines[(i + 1) % 3][1];
	what.fds = fds;
	what.fd_count = 3;
	what.flags = CT_CLOSE_OTHERS;
	CHECK_EQUAL(end_of(ct_spawn(&what)), 0);
	for (int i = 0; i < 3; i++) {
		char digit = 0;

		CHECK_EQUAL(read(lines[(i + 1) % 3][0], &digit, 1), 1);
		CHECK_EQUAL(digit, '3' + i);
	}
	for (int i = 0; i < 3; i++)
		(void)(close(lines[i][0]) + close(lines[i][1]));
	(void)close(200);
}

static void test_descriptors_can_be_swapped(void)
{
	struct ct_spawn what = shell("printf 3 >&3; printf 4 >&4", NO_ENVIRONMENT);
	static const int32_t fds[2] = { 4, 3 };
	char digit[2] = { 0 };
	int a[2], b[2];

	for (int fd = 3; fd < 256; fd++)
		(void)close(fd);
	CHECK(pipe(a) + pipe(b) == 0); /* 3, 4, 5, 6 */
	(void)fcntl(a[0], F_DUPFD, 50);
	(void)dup2(a[1], 3);
	(void)dup2(b[1], 4);
	what.fds = fds;
	what.fd_count = 2;
	CHECK_EQUAL(end_of(ct_spawn(&what)), 0);
	CHECK_EQUAL(read(b[0], &digit[0], 1), 1);
	CHECK_EQUAL(read(50, &digit[1], 1), 1);
	CHECK(digit[0] == '3' && digit[1] == '4');
}

static void test_too_many_descriptors(void)
{
	static const int32_t fds[17] = { 0 };
	struct ct_spawn what = { .paths = (const char *[]){ "/bin/true", NULL }, .fds = fds, .fd_count = 17 };

	CHECK_EQUAL(ct_spawn(&what), -EINVAL);
}

static void test_signals_are_as_new(void)
{
	static const char *const wanted[] = { "SigBlk:", "SigIgn:", "SigCgt:" };
	char text[4096];
	char *envp[] = { (char *)(uintptr_t)"PATH=/usr/bin:/bin", NULL };
	struct ct_spawn what = shell("exec cat /proc/self/status >&3", envp);

	CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR && signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	output_of(what, text, sizeof(text));
	for (size_t i = 0; i < 3; i++) {
		const char *line = strstr(text, wanted[i]);

		CHECK(line != NULL && strncmp(line + strlen(wanted[i]), "\t0000000000000000\n", 18) == 0);
	}
	CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN && signal(SIGPIPE, SIG_DFL) == SIG_IGN);
}

static void test_soft_limit_of_files(void)
{
	char text[32];
	struct ct_spawn what = shell("ulimit -Sn >&3", NO_ENVIRONMENT);
	struct rlimit ours;

	what.nofile_soft = 77;
	output_of(what, text, sizeof(text));
	CHECK(strcmp(text, "77\n") == 0);
	what.nofile_soft = UINT64_MAX; /* never above the hard one */
	output_of(what, text, sizeof(text));
	CHECK_EQUAL(getrlimit(RLIMIT_NOFILE, &ours), 0);
	CHECK_EQUAL(strtoull(text, NULL, 10), ours.rlim_max);
}

static void test_foreground_of_the_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	int32_t pid;

	CHECK(setsid() > 0);
	CHECK_EQUAL(grantpt(master) + unlockpt(master), 0);
	CHECK_EQUAL(dup2(open(ptsname(master), O_RDWR), 0), 0); /* becomes our controlling terminal */
	CHECK_EQUAL(tcgetpgrp(0), getpgrp());
	pid = start("read line; exit 9", CT_OWN_GROUP);
	CHECK_EQUAL(tcgetpgrp(0), pid);
	CHECK_EQUAL(write(master, "x\n", 2), 2); /* a background group would be stopped by SIGTTIN */
	CHECK_EQUAL(end_of(pid), 9);
	CHECK_EQUAL(tcgetpgrp(0), getpgrp());
	pid = start("exit 8", 0);
	CHECK_EQUAL(tcgetpgrp(0), getpgrp());
	CHECK_EQUAL(end_of(pid), 8);
}

int main(void)
{
	static const struct test tests[] = {
		{ "errors of execve are returned", test_errors_of_execve },
		{ "the environment comes straight from the arena", test_environment_comes_straight_from_the_arena },
		{ "passed descriptors do not overwrite each other", test_descriptors_do_not_overwrite_each_other },
		{ "passed descriptors can be swapped", test_descriptors_can_be_swapped, forked },
		{ "too many descriptors are rejected", test_too_many_descriptors },
		{ "signals are as in a new process", test_signals_are_as_new },
		{ "the soft limit of files", test_soft_limit_of_files },
		{ "the child gets the terminal's foreground, and we get it back", test_foreground_of_the_terminal, forked },
	};

	if (ct_signals_block() < 0)
		return 2;
	return RUN(tests);
}
