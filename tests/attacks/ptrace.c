/*
 * ptrace.c - a tracer: attach by every number and gate, peek, take registers, set them.
 */
#include "attack.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "arch.h"
#include "digest.h"

int trace(pid_t pid, enum way way)
{
	long failed = 0;
	int status;

	if (way == BY_INT80)
		failed = arch_int80(I386_PTRACE, PTRACE_ATTACH, pid, 0, 0, 0, 0);
	else if (ptrace(way == BY_SEIZE ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0L, 0L) < 0)
		failed = -errno;
	if (failed < 0)
		return (int)failed;
	if (way == BY_SEIZE && ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0)
		return -errno;
	return waitpid(pid, &status, __WALL) < 0 ? -errno : 0;
}

void untrace(pid_t pid)
{
	(void)ptrace(PTRACE_DETACH, pid, 0L, 0L);
}

int peek(const struct attack *a, pid_t pid, unsigned long long at)
{
	long words[DIGEST_MOST / sizeof(long)];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		errno = 0;
		words[i] = ptrace(PTRACE_PEEKDATA, pid, (void *)(uintptr_t)(at + i * sizeof(long)), NULL);
		if (errno != 0)
			return -errno;
	}
	return saw(a, words, sizeof(words));
}

static int trace_and_peek(struct attack *a)
{
	pid_t pid = who(a, a->row->text[0]);
	int result = trace(pid, (enum way)a->row->number);

	if (result < 0)
		return result;
	result = peek(a, pid, a->target.heap);
	untrace(pid);
	return result;
}

static int take_registers(struct attack *a)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof(regs) };
	uint64_t words[4];
	int result = trace(a->target.tid, BY_SEIZE);

	if (result < 0)
		return result;
	if (ptrace(PTRACE_GETREGSET, a->target.tid, (void *)NT_PRSTATUS, &all) < 0)
		result = -errno;
	untrace(a->target.tid);
	arch_held(&regs, words);
	return result < 0 ? result : saw(a, words, sizeof(words));
}

/* What is ours afterwards is where the process goes next: harm enough. */
static int set_registers(struct attack *a)
{
	struct user_regs_struct regs, changed, now;
	pid_t pid = a->target.pid;
	int result = trace(pid, BY_ATTACH);

	if (result < 0)
		return result;
	result = ALLOWED;
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0) {
		changed = regs;
		changed.r9 ^= 0xc7;
		if (ptrace(PTRACE_SETREGS, pid, NULL, &changed) == 0 && ptrace(PTRACE_GETREGS, pid, NULL, &now) == 0 &&
		    now.r9 == changed.r9)
			result = LEAKED;
		(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	}
	untrace(pid);
	return result;
}

/* Its child becomes a protected process that asks to be traced by us. */
static int be_asked(struct attack *a)
{
	struct target target;
	pid_t pid;
	int result;

	if (!a->options->is_control && a->options->agent_socket == NULL)
		return not_here(a, "needs --agent=SOCKET");
	pid = start_victim(&target, a->options->agent_socket, 1);
	if (pid < 0)
		return -EPERM; /* it ends when it is not let ask */
	a->target = target;
	if (ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0) {
		result = kill(pid, SIGWINCH) < 0 ? -errno : 0;
		if (result == 0 && waitpid(pid, NULL, __WALL) < 0)
			result = -errno;
	} else {
		result = -EINVAL;
	}
	if (result == 0)
		result = peek(a, pid, target.heap);
	stop_victim(pid);
	return result;
}

static int hold_trace(struct attack *a)
{
	int result = trace(a->target.pid, BY_SEIZE);

	if (result == 0 && ptrace(PTRACE_CONT, a->target.pid, 0L, 0L) < 0)
		result = -errno;
	return result;
}

static int peek_traced(struct attack *a)
{
	pid_t pid = a->target.pid;
	int status, result;

	if (ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0)
		return -errno == -ESRCH ? -EPERM : -errno; /* no tracer any more */
	if (waitpid(pid, &status, __WALL) < 0)
		return -errno;
	result = peek(a, pid, a->target.heap);
	untrace(pid);
	return result;
}

const struct row ptrace_rows[] = {
	{ .name = "ptrace_attach", .vector = "ptrace_attach", .what = "PTRACE_ATTACH and PEEKDATA", .run = trace_and_peek,
	  .text = "p", .number = BY_ATTACH },
	{ .name = "ptrace_seize", .vector = "ptrace_attach", .what = "PTRACE_SEIZE, INTERRUPT and PEEKDATA",
	  .run = trace_and_peek, .text = "p", .number = BY_SEIZE },
	{ .name = "ptrace_attach_thread", .vector = "ptrace_attach", .what = "PTRACE_ATTACH to a thread's number",
	  .run = trace_and_peek, .text = "t", .number = BY_ATTACH },
	{ .name = "ptrace_seize_thread", .vector = "ptrace_attach", .what = "PTRACE_SEIZE of a thread's number",
	  .run = trace_and_peek, .text = "t", .number = BY_SEIZE },
	{ .name = "ptrace_int80", .vector = "ptrace_attach", .what = "PTRACE_ATTACH through int 0x80", .run = trace_and_peek,
	  .text = "p", .number = BY_INT80 },
	{ .name = "ptrace_int80_thread", .vector = "ptrace_attach", .what = "the same, by a thread's number",
	  .run = trace_and_peek, .text = "t", .number = BY_INT80 },
	{ .name = "ptrace_child", .vector = "ptrace_attach", .what = "PTRACE_ATTACH to a child made before protection",
	  .run = trace_and_peek, .text = "c", .number = BY_ATTACH },
	{ .name = "ptrace_late_child", .vector = "ptrace_attach", .what = "PTRACE_ATTACH to a child made after it",
	  .run = trace_and_peek, .text = "l", .number = BY_ATTACH },
	{ .name = "ptrace_registers", .vector = "ptrace_attach", .what = "a thread's registers, which hold the secret",
	  .run = take_registers },
	{ .name = "ptrace_set_registers", .vector = "ptrace_attach", .what = "control over the registers",
	  .run = set_registers },
	{ .name = "ptrace_traceme", .vector = "ptrace_traceme", .what = "our child gets protected, then asks us to trace it",
	  .run = be_asked },
	{ .name = "earlier_trace", .vector = "ptrace_attach", .what = "a tracer since before protection began peeks",
	  .run = peek_traced, .hold = hold_trace },
	{ 0 },
};
