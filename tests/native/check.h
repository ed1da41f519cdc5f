/*
 * check.h - a minimal harness for native tests: a table of named tests, CHECK, and a report of missing kernel
 * features. Prints one line per test; exits with 1 if any failed.
 *
 * A missing feature fails the run unless CT_MAY_LACK names it.
 */
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* `around` */
struct test {
	const char *name;
	void (*run)(void);
	void (*around)(void (*run)(void)); /* sets up, runs, cleans up; may be missing */
};

static int failures;

/* The kernel's page size: 4 KiB, or 64 KiB on some arm64 kernels. */
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

#define CHECK(what) check_that((what), #what, __FILE__, __LINE__)
#define CHECK_EQUAL(is, wanted) check_equal((long long)(is), (long long)(wanted), #is, __FILE__, __LINE__)

__attribute__((unused)) static bool check_that(bool holds, const char *what, const char *file, int line)
{
	if (!holds) {
		failures++;
		printf("  %s:%d: failed: %s\n", file, line, what);
	}
	return holds;
}

__attribute__((unused)) static bool check_equal(long long is, long long wanted, const char *what, const char *file,
						int line)
{
	if (is != wanted) {
		failures++;
		printf("  %s:%d: %s is %lld, wanted %lld\n", file, line, what, is, wanted);
	}
	return is == wanted;
}

/* Reports that the kernel lacks `feature`. */
__attribute__((unused)) static void lacks(const char *feature)
{
	const char *allowed = getenv("CT_MAY_LACK");

	printf("  lacks: %s\n", feature);
	if (allowed == NULL || strstr(allowed, feature) == NULL)
		failures++;
}

/* Runs `what` in a forked child: its exit code, or 128 + the signal that ended it. */
__attribute__((unused)) static int in_child(void (*what)(void *), void *with)
{
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		what(with);
		(void)fflush(stdout);
		_exit(failures > 0 ? 1 : 0);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

__attribute__((unused)) static void call_test(void *run)
{
	(*(void (**)(void))run)();
}

/* For `around`: the test runs in a child. */
__attribute__((unused)) static void forked(void (*run)(void))
{
	CHECK_EQUAL(in_child(call_test, &run), 0);
}

static int run_tests(const struct test *tests, size_t count)
{
	int failed = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < count; i++) {
		failures = 0;
		if (tests[i].around != NULL)
			tests[i].around(tests[i].run);
		else
			tests[i].run();
		printf("%s %s\n", failures > 0 ? "FAILED" : "ok", tests[i].name);
		failed += failures > 0;
	}
	return failed > 0;
}

#define RUN(tests) run_tests((tests), sizeof(tests) / sizeof((tests)[0]))

/* A fault must kill a child, as without sanitizers. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1:detect_stack_use_after_return=0";
}
