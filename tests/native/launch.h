/*
 * launch.h - starts programs in native tests: a shell command, its output, its exit code.
 */
#pragma once

#include "check.h"

#include "ct.h"

static char *const NO_ENVIRONMENT[] = { NULL };

/* `sh -c command` with this environment; valid until the next one. */
static struct ct_spawn shell(const char *command, char *const *envp)
{
	static const char *const paths[] = { "/bin/sh", NULL };
	static char *argv[4];

	argv[0] = (char *)(uintptr_t)"sh";
	argv[1] = (char *)(uintptr_t)"-c";
	argv[2] = (char *)(uintptr_t)command;
	argv[3] = NULL;
	return (struct ct_spawn){ .paths = paths, .argv = argv, .envp = envp };
}

__attribute__((unused)) static int32_t start(const char *command, uint32_t flags)
{
	struct ct_spawn what = shell(command, NO_ENVIRONMENT);

	what.flags = flags;
	return ct_spawn(&what);
}

static struct ct_event next(int32_t timeout_ms)
{
	struct ct_event event = { 0 };

	CHECK_EQUAL(ct_wait(timeout_ms, &event), 0);
	return event;
}

/* Waits for the end of `pid`. Its exit code. */
__attribute__((unused)) static int32_t end_of(int32_t pid)
{
	struct ct_event event = next(20000);

	CHECK_EQUAL(event.kind, CT_EVENT_EXIT);
	CHECK_EQUAL(event.pid, pid);
	return event.code;
}

/* Runs a command to its end. What it wrote to descriptor 3. */
__attribute__((unused)) static void output_of(struct ct_spawn what, char *ret_text, size_t size)
{
	int line[2];
	int32_t fds[1], pid;
	size_t length = 0;
	ssize_t got;

	CHECK_EQUAL(pipe(line), 0);
	fds[0] = line[1];
	what.fds = fds;
	what.fd_count = 1;
	what.flags |= CT_CLOSE_OTHERS;
	pid = ct_spawn(&what);
	CHECK(pid > 0);
	(void)close(line[1]);
	while ((got = read(line[0], ret_text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	ret_text[length] = '\0';
	(void)close(line[0]);
	CHECK_EQUAL(end_of(pid), 0);
}

__attribute__((unused)) static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | (int)__WALL) == 0;
}
