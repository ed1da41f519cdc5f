/*
 * exec.c - gives each program that the application executes its own hand-off, with the secrets that are unchanged in
 * the environment.
 *
 * This may run in a child after vfork, which shares its parent's memory, and in a signal handler: it keeps state only
 * on the stack, and unmaps what it maps.
 */
#include "exec.h"
#include "adopt.h"
#include "transfer.h"
#include "raw.h"

#include <linux/fcntl.h>

#define LONGEST_PRELOAD 4096
#define STACK_FOR_CALLS 4096u /* for our own frames, besides what grows with the environment */
#define STACK_STEP 4096u
#define ON_ALTERNATE_STACK 1 /* SS_ONSTACK */
#define ERROR_TOO_BIG 7

/* Whether to report: only the process that the wrapper started does, not its children. */
static uint32_t is_reporting(void)
{
	return (uint32_t)ct_call(__NR_getpid, 0, 0, 0, 0, 0, 0) == ct_handoff->pid;
}

static void report(const struct ct_call *call, enum ct_target verdict)
{
	if (call->in_other_process || !is_reporting())
		return;
	ct_handoff->executed++;
	ct_handoff->verdict = (uint32_t)verdict;
}

/* Call it after a failed execve. */
static void retract(const struct ct_call *call)
{
	ct_handoff->executed -= !call->in_other_process && is_reporting();
}

/* Appends the interposer to LD_PRELOAD in entry `place`, or creates LD_PRELOAD there, and makes the call. */
static long execute_with_preload(const struct ct_call *call, char **env, size_t place, const struct transfer *transfer)
{
	bool is_theirs = ct_starts_with(env[place], CT_PRELOAD);
	size_t theirs = is_theirs ? ct_strlen(env[place]) : 0;
	char *preload = __builtin_alloca(sizeof(CT_PRELOAD) + sizeof(CT_FD_PATH) + 24 + theirs);
	char *at = is_theirs ? ct_append(ct_append(preload, env[place]), ":") : ct_append(preload, CT_PRELOAD);

	(void)ct_append_number(ct_append(at, CT_FD_PATH), (uint64_t)transfer->own_file_there);
	env[place] = preload;
	return call->run(call, env, transfer);
}

/* Whether the caller's stack has this much space left: it may be a thread's or a signal stack. */
static bool has_stack(size_t bytes)
{
	char *here = __builtin_frame_address(0);
	struct {
		char *base;
		int flags;
		size_t size;
	} other = { 0 };

	/* A signal stack may have no guard page. */
	if (CT_CALL2(__NR_sigaltstack, 0, &other) == 0 && (other.flags & ON_ALTERNATE_STACK) &&
	    (size_t)(here - other.base) < bytes)
		return false;
	/* Other stacks have one: a system call that writes there fails. */
	for (size_t step = STACK_STEP; step < bytes + STACK_STEP; step += STACK_STEP)
		if (CT_CALL4(__NR_rt_sigprocmask, 0, 0, here - step, sizeof(uint64_t)) < 0)
			return false;
	return true;
}

/* Variables with which the loader does something else or prints what it does. */
static bool changes_loader(const char *entry)
{
	return ct_starts_with(entry, "LD_AUDIT=") || ct_starts_with(entry, "LD_DEBUG=") || ct_starts_with(entry, "LD_PROFILE=") ||
	       ct_starts_with(entry, "LD_TRACE_LOADED_OBJECTS=");
}

/* Whether the environment can be changed. ret_preload: index of LD_PRELOAD, or SIZE_MAX. */
static enum ct_target inspect_environment(char *const *env, size_t *ret_count, size_t *ret_preload)
{
	size_t count = 0;
	int preloads = 0; /* with several, it is unknown which one the loader uses */

	*ret_preload = SIZE_MAX;
	for (; env[count] != NULL; count++) {
		if (changes_loader(env[count]))
			return CT_TARGET_LD;
		if (!ct_starts_with(env[count], CT_PRELOAD))
			continue;
		*ret_preload = count;
		if (++preloads > 1 || ct_strlen(env[count]) > LONGEST_PRELOAD)
			return CT_TARGET_TOO_MUCH;
	}
	*ret_count = count;
	return has_stack(count * sizeof(*env) + ct_handoff->count + LONGEST_PRELOAD + STACK_FOR_CALLS) ?
		       CT_TARGET_ABLE :
		       CT_TARGET_TOO_MUCH;
}

static enum ct_target inspect(const struct ct_call *call)
{
	if (call->fd >= 0)
		return ct_inspect_target_fd(call->fd, &ct_handoff->loader);
	return ct_inspect_target(call->path, NULL, &ct_handoff->loader);
}

/* True: the call was made; *ret_answer is its result. False: no hand-off is possible; *ret_verdict is the reason. */
static bool call_with_handoff(const struct ct_call *call, size_t count, size_t preload, enum ct_target *ret_verdict, long *ret_answer)
{
	char **changed = __builtin_alloca((count + 1) * sizeof(*changed));
	unsigned char *wanted = __builtin_alloca(ct_handoff->count + 1);
	struct transfer transfer = { .handoff = -1, .own_file = -1, .handoff_there = -1, .own_file_there = -1 };
	bool done = false;

	for (uint32_t i = 0; i < ct_handoff->count; i++)
		wanted[i] = 0;
	ct_replace_secrets(call->env, count, changed, wanted, &transfer);
	if (transfer.expected == 0)
		return false;
	if (preload != SIZE_MAX)
		transfer.replaced_secret = CT_NO_SECRET;
	*ret_verdict = ct_make_transfer(&transfer, wanted, call->in_other_process);
	if (*ret_verdict == CT_TARGET_ABLE)
		*ret_verdict = inspect(call); /* again: the file may have been replaced */
	if (*ret_verdict == CT_TARGET_ABLE) {
		report(call, CT_TARGET_ABLE);
		*ret_answer = execute_with_preload(call, changed, preload != SIZE_MAX ? preload : transfer.place, &transfer);
		retract(call);
		/* Our path in LD_PRELOAD can exceed ARG_MAX. */
		done = *ret_answer != -ERROR_TOO_BIG;
	}
	ct_close_transfer(&transfer);
	return done;
}

/* With different ids execve(2) sets AT_SECURE, as for setuid programs. */
static bool has_other_ids(void)
{
	return ct_call(__NR_getuid, 0, 0, 0, 0, 0, 0) != ct_call(__NR_geteuid, 0, 0, 0, 0, 0, 0) ||
	       ct_call(__NR_getgid, 0, 0, 0, 0, 0, 0) != ct_call(__NR_getegid, 0, 0, 0, 0, 0, 0);
}

long ct_execute_call(const struct ct_call *call)
{
	size_t count = 0, preload = 0;
	enum ct_target verdict;
	long answer;

	ct_adopt_handoff(ct_environment());
	if (ct_handoff == NULL || ct_handoff->count == 0 || call->env == NULL)
		return call->run(call, call->env, NULL);
	/* Before other system calls: a seccomp filter may kill the process for calls that the application does not make. */
	if (ct_count_filters() != ct_filters_at_start)
		return call->run(call, call->env, NULL);
	verdict = inspect(call);
	if (verdict == CT_TARGET_ABLE && has_other_ids())
		verdict = CT_TARGET_IDS;
	if (verdict == CT_TARGET_ABLE)
		verdict = inspect_environment(call->env, &count, &preload);
	if (verdict == CT_TARGET_ABLE && call_with_handoff(call, count, preload, &verdict, &answer))
		return answer;
	report(call, verdict);
	answer = call->run(call, call->env, NULL);
	retract(call);
	return answer;
}

static long execute(const struct ct_call *call, char *const *env, const struct transfer *transfer)
{
	if (transfer != NULL) {
		(void)CT_CALL3(__NR_fcntl, transfer->handoff, F_SETFD, 0);
		(void)CT_CALL3(__NR_fcntl, transfer->own_file, F_SETFD, 0);
	}
	if (call->fd >= 0)
		return CT_CALL5(__NR_execveat, call->fd, "", call->argv, env, AT_EMPTY_PATH);
	return CT_CALL3(__NR_execve, call->path, call->argv, env);
}

long ct_execute(const char *path, long fd, char *const argv[], char *const env[])
{
	return ct_execute_call(&(struct ct_call){ execute, path, fd, argv, env, false, NULL });
}
