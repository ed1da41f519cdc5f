/*
 * trace.c - a tracer: attach by every number and gate, peek, read and set registers; and what debuggers do with that
 * step by step, which read everything because they know no addresses.
 */
#include "../attack.h"

enum { CHUNK = 1 << 16, CALLS = 40 };

static int peek(const struct attack *a, pid_t pid, unsigned long long at)
{
	unsigned char bytes[DIGEST_MOST];
	ssize_t got = read_by_peek(pid, -1, at, bytes, sizeof(bytes));

	return got < 0 ? (int)got : saw(a, bytes, (size_t)got);
}

int trace_and_peek(struct attack *a)
{
	pid_t pid = process_of(a, a->row->text[0]);
	int result = trace(pid, (enum way)a->row->number);

	if (result < 0)
		return result;
	result = peek(a, pid, a->target.heap);
	untrace(pid);
	return result;
}

int read_registers(struct attack *a)
{
	struct user_regs_struct regs = { 0 };
	uint64_t words[4];
	int result = trace(a->target.tid, BY_SEIZE);

	if (result < 0)
		return result;
	if (get_registers(a->target.tid, &regs) < 0)
		result = -errno;
	untrace(a->target.tid);
	arch_held(&regs, words);
	return result < 0 ? result : saw(a, words, sizeof(words));
}

/* Control over a register is control over what the process does next. */
int set_registers(struct attack *a)
{
	struct user_regs_struct regs, changed, now;
	pid_t pid = a->target.pid;
	int result = trace(pid, BY_ATTACH);

	if (result < 0)
		return result;
	result = ALLOWED;
	if (get_registers(pid, &regs) == 0) {
		changed = regs;
		ARCH_SPARE(changed) ^= 0xc7;
		if (put_registers(pid, &changed) == 0 && get_registers(pid, &now) == 0 &&
		    ARCH_SPARE(now) == ARCH_SPARE(changed))
			result = LEAKED;
		(void)put_registers(pid, &regs);
	}
	untrace(pid);
	return result;
}

/* A child of the attacker becomes a protected process and asks to be traced. */
int trace_volunteer(struct attack *a)
{
	pid_t pid;
	int result = -EINVAL;

	pid = start_victim(&a->target, a->options->agent_socket, 1);
	if (pid < 0)
		return -EPERM; /* it exits when PTRACE_TRACEME is refused */
	/* To the traced thread: another one would drop the signal, and nothing would stop. */
	if (ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0)
		result = syscall(SYS_tgkill, pid, pid, SIGWINCH) < 0 || waitpid(pid, NULL, __WALL) < 0 ?
				 -errno :
				 peek(a, pid, a->target.heap);
	stop_victim(pid);
	return result;
}

int seize_and_continue(struct attack *a)
{
	int result = trace(a->target.pid, BY_SEIZE);

	if (result == 0 && ptrace(PTRACE_CONT, a->target.pid, 0L, 0L) < 0)
		result = -errno;
	return result;
}

int interrupt_and_peek(struct attack *a)
{
	pid_t pid = a->target.pid;
	int result;

	if (ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0)
		return -errno == -ESRCH ? -EPERM : -errno; /* no longer its tracer */
	if (waitpid(pid, NULL, __WALL) < 0)
		return -errno;
	result = peek(a, pid, a->target.heap);
	untrace(pid);
	return result;
}

struct reading {
	const struct attack *a;
	memory_reader *read_at;
	int fd, result;
};

/* A secret across two chunks is missed here, and found elsewhere. */
static int read_mapping(const struct mapping *one, void *context)
{
	static unsigned char buffer[CHUNK];
	struct reading *reading = context;

	for (uint64_t at = one->start; at < one->end; at += CHUNK) {
		size_t size = one->end - at < CHUNK ? (size_t)(one->end - at) : CHUNK;
		ssize_t got = reading->read_at(reading->a->target.pid, reading->fd, at, buffer, size);

		if (got > 0)
			reading->result = saw(reading->a, buffer, (size_t)got);
		else if (got < 0 && reading->result < 0)
			reading->result = (int)got;
		if (reading->result == LEAKED)
			return LEAKED;
	}
	return 0;
}

static int read_everything(const struct attack *a, memory_reader *read_at, int fd)
{
	struct reading reading = { a, read_at, fd, -ENODATA };
	int failed = each_mapping(a->target.pid, read_mapping, &reading);

	return failed < 0 ? failed : reading.result;
}

/* gcore and criu: stop the process, read /proc/PID/maps and mem. */
int dump_stopped(struct attack *a)
{
	int fd, result = trace(a->target.pid, (enum way)a->row->number);

	if (result < 0)
		return result;
	fd = open_of(a->target.pid, "mem", O_RDONLY);
	result = fd < 0 ? fd : read_everything(a, read_by_file, fd);
	untrace(a->target.pid);
	return result;
}

int scan_running(struct attack *a)
{
	return read_everything(a, read_by_call, -1);
}

/* strace: the system calls of a thread from now on, with the contents of its registers. */
int follow_calls(struct attack *a)
{
	pid_t pid = a->target.tid;
	int result = trace(pid, BY_SEIZE);

	if (result == 0 && ptrace(PTRACE_SETOPTIONS, pid, 0L, (long)PTRACE_O_TRACESYSGOOD) < 0)
		result = -errno;
	for (int i = 0; result == 0 && i < CALLS; i++) {
		struct __ptrace_syscall_info call = { 0 };
		struct user_regs_struct regs;
		uint64_t words[4];

		if (ptrace(PTRACE_SYSCALL, pid, 0L, 0L) < 0 || waitpid(pid, NULL, __WALL) < 0)
			return -errno;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call) < 0 ||
		    get_registers(pid, &regs) < 0)
			return -errno;
		arch_held(&regs, words);
		if (call.op == PTRACE_SYSCALL_INFO_ENTRY && saw(a, words, sizeof(words)) == LEAKED)
			result = LEAKED;
	}
	if (result >= 0)
		untrace(pid);
	return result == 0 ? ALLOWED : result;
}
