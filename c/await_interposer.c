/*
 * await_interposer.c - see await_interposer.h. A loader that passes the trial may still not load the interposer
 * (a policy for this one program, a limit). The program would then run with empty secrets. So it is traced from
 * execve until the interposer's constructor waits for us, or until the loader jumps to the program: musl's
 * loader does that before constructors run, and has mapped the interposer by then.
 */
#include "await_interposer.h"
#include "arch.h"
#include "interposer/handoff.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 5000
#define PAUSE_NS 20000
#define IMAGE "/memfd:cloudtaser" /* program_file.c */
#define MAPS_BYTES 65536u         /* a program that has not started has a few lines */

struct traced {
	pid_t pid;
	int64_t deadline;
	uint64_t entry; /* address of the program's first instruction */
	long text;      /* the original instruction there */
};

static ssize_t read_file(pid_t pid, const char *name, void *into, size_t size)
{
	char path[40];
	size_t length = 0;
	ssize_t got = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && length < size && (got = read(fd, (char *)into + length, size - length)) > 0)
		length += (size_t)got;
	if (fd >= 0)
		(void)close(fd);
	return got < 0 ? -1 : (ssize_t)length;
}

static uint64_t find_entry(pid_t pid)
{
	Elf64_auxv_t entries[64];
	ssize_t size = read_file(pid, "auxv", entries, sizeof(entries));

	for (ssize_t i = 0; i < size / (ssize_t)sizeof(entries[0]); i++)
		if (entries[i].a_type == AT_ENTRY)
			return entries[i].a_un.a_val;
	return 0;
}

static bool has_interposer(pid_t pid)
{
	static char maps[MAPS_BYTES]; /* one child is created at a time (process.c) */
	ssize_t size = read_file(pid, "maps", maps, sizeof(maps));

	return size > 0 && memmem(maps, (size_t)size, IMAGE, sizeof(IMAGE) - 1) != NULL;
}

/* The signal that stopped it, 0: it runs, -1: it has ended. */
static int stop_signal(const struct traced *traced)
{
	siginfo_t state = { 0 };

	if (waitid(P_PID, (id_t)traced->pid, &state, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) < 0)
		return -1;
	if (state.si_pid == 0)
		return 0;
	return state.si_code == CLD_TRAPPED || state.si_code == CLD_STOPPED ? state.si_status : -1;
}

static int await_stop(const struct traced *traced)
{
	int signo;

	while ((signo = stop_signal(traced)) == 0 && ct_time_left(traced->deadline) > 0)
		(void)nanosleep(&(struct timespec){ 0, PAUSE_NS }, NULL);
	return signo;
}

static bool set_text(const struct traced *traced, long text)
{
	return ptrace(PTRACE_POKETEXT, traced->pid, traced->entry, text) == 0;
}

/* Removes the trap, unblocks signals, and detaches. */
static bool detach(const struct traced *traced)
{
	uint64_t none = 0;

	return set_text(traced, traced->text) && ptrace(PTRACE_SETSIGMASK, traced->pid, sizeof(none), &none) == 0 &&
	       ptrace(PTRACE_DETACH, traced->pid, NULL, NULL) == 0;
}

static bool access_registers(const struct traced *traced, int request, struct user_regs_struct *registers)
{
	struct iovec all = { registers, sizeof(*registers) };

	return ptrace(request, traced->pid, (long)NT_PRSTATUS, &all) == 0;
}

static bool is_at_entry(const struct traced *traced, struct user_regs_struct *ret_registers)
{
	return access_registers(traced, PTRACE_GETREGSET, ret_registers) &&
	       CT_PROGRAM_COUNTER(*ret_registers) == traced->entry + CT_AFTER_TRAP;
}

/* Puts a trap where the loader jumps to the program. */
static bool set_trap(struct traced *traced)
{
	if (ptrace(PTRACE_SETOPTIONS, traced->pid, NULL, PTRACE_O_EXITKILL) < 0)
		return false;
	traced->entry = find_entry(traced->pid);
	errno = 0;
	traced->text = ptrace(PTRACE_PEEKTEXT, traced->pid, traced->entry, NULL);
	return traced->entry != 0 && errno == 0 && set_text(traced, CT_TRAP(traced->text));
}

/* It is stopped at the trap: musl's loader has finished. */
static bool detach_at_entry(const struct traced *traced, struct user_regs_struct *registers)
{
	CT_PROGRAM_COUNTER(*registers) = traced->entry;
	return has_interposer(traced->pid) && access_registers(traced, PTRACE_SETREGSET, registers) && detach(traced);
}

/* It runs the interposer's constructor, which waits for ct_handoff_release. */
static bool detach_in_constructor(const struct traced *traced)
{
	(void)syscall(SYS_tgkill, traced->pid, traced->pid, SIGSTOP);
	return await_stop(traced) == SIGSTOP && detach(traced);
}

static bool await_and_detach(struct traced *traced, const struct ct_handoff *page)
{
	struct user_regs_struct registers;
	int signo;

	if (await_stop(traced) != SIGTRAP || !set_trap(traced)) /* execve(2) */
		return false;
	if (ptrace(PTRACE_CONT, traced->pid, NULL, NULL) < 0)
		return false;
	while (ct_time_left(traced->deadline) > 0) {
		if (__atomic_load_n(&page->state, __ATOMIC_ACQUIRE) == CT_HANDOFF_ADOPTED)
			return detach_in_constructor(traced);
		signo = stop_signal(traced);
		if (signo != 0) /* at the entry, at a second execve, or at its end */
			return signo == SIGTRAP && is_at_entry(traced, &registers) &&
			       detach_at_entry(traced, &registers);
		(void)nanosleep(&(struct timespec){ 0, PAUSE_NS }, NULL);
	}
	return false;
}

void ct_await_interposer(pid_t pid, const struct ct_arena *handoff)
{
	struct traced traced = { .pid = pid, .deadline = ct_deadline(LIMIT_MS) };

	if (!await_and_detach(&traced, ct_arena_memory(handoff)))
		(void)kill(pid, SIGKILL);
}
