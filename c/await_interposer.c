/*
 * await_interposer.c - see await_interposer.h. A loader that passes the trial may still leave the interposer out where it counts (a
 * policy for this one program, a limit), and the program would run with empty secrets. So it is traced from
 * execve until the interposer stands in its constructor, waiting for us, or until its loader jumps to the
 * program: musl's does that before it runs constructors, and has mapped the interposer by then.
 */
#include "await_interposer.h"
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
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 5000
#define PAUSE_NS 20000
#define IMAGE "/memfd:cloudtaser" /* program_file.c */
#define MAPS_BYTES 65536u         /* a program that has not begun has a few lines */

struct hold {
	pid_t pid;
	int64_t deadline;
	uint64_t entry; /* where the program begins */
	long text;      /* what stands there */
};

int ct_ask_to_be_held(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

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
	static char maps[MAPS_BYTES]; /* one child is made at a time (process.c) */
	ssize_t size = read_file(pid, "maps", maps, sizeof(maps));

	return size > 0 && memmem(maps, (size_t)size, IMAGE, sizeof(IMAGE) - 1) != NULL;
}

/* The signal with which it stands still, 0: it does not, -1: it has ended. */
static int look(const struct hold *hold)
{
	siginfo_t state = { 0 };

	if (waitid(P_PID, (id_t)hold->pid, &state, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) < 0)
		return -1;
	if (state.si_pid == 0)
		return 0;
	return state.si_code == CLD_TRAPPED || state.si_code == CLD_STOPPED ? state.si_status : -1;
}

static int await_stop(const struct hold *hold)
{
	int signo;

	while ((signo = look(hold)) == 0 && ct_time_left(hold->deadline) > 0)
		(void)nanosleep(&(struct timespec){ 0, PAUSE_NS }, NULL);
	return signo;
}

static bool set_text(const struct hold *hold, long text)
{
	return ptrace(PTRACE_POKETEXT, hold->pid, hold->entry, text) == 0;
}

/* What was sent to it meanwhile comes now. */
static bool let_go(const struct hold *hold)
{
	uint64_t none = 0;

	return set_text(hold, hold->text) && ptrace(PTRACE_SETSIGMASK, hold->pid, sizeof(none), &none) == 0 &&
	       ptrace(PTRACE_DETACH, hold->pid, NULL, NULL) == 0;
}

#if defined(__x86_64__)
#define TRAP(text) (((text) & ~0xffL) | 0xcc)
#define TRAP_BYTES 1u /* by which the program counter is too far */
#define COUNTER(registers) ((registers).rip)
#else
#define TRAP(text) (((text) & ~0xffffffffL) | 0xd4200000L)
#define TRAP_BYTES 0u
#define COUNTER(registers) ((registers).pc)
#endif

static bool call_registers(const struct hold *hold, int request, struct user_regs_struct *registers)
{
	struct iovec all = { registers, sizeof(*registers) };

	return ptrace(request, hold->pid, (long)NT_PRSTATUS, &all) == 0;
}

static bool is_at_entry(const struct hold *hold, struct user_regs_struct *ret_registers)
{
	return call_registers(hold, PTRACE_GETREGSET, ret_registers) &&
	       COUNTER(*ret_registers) == hold->entry + TRAP_BYTES;
}

/* Stops where the loader jumps to the program. */
static bool lay_trap(struct hold *hold)
{
	if (ptrace(PTRACE_SETOPTIONS, hold->pid, NULL, PTRACE_O_EXITKILL) < 0)
		return false;
	hold->entry = find_entry(hold->pid);
	errno = 0;
	hold->text = ptrace(PTRACE_PEEKTEXT, hold->pid, hold->entry, NULL);
	return hold->entry != 0 && errno == 0 && set_text(hold, TRAP(hold->text));
}

/* It stands at the trap: musl's loader is done. */
static bool let_begin(const struct hold *hold, struct user_regs_struct *registers)
{
	COUNTER(*registers) = hold->entry;
	return has_interposer(hold->pid) && call_registers(hold, PTRACE_SETREGSET, registers) && let_go(hold);
}

/* It runs, in the interposer's constructor, and waits for the wrapper. */
static bool let_wait(const struct hold *hold)
{
	(void)syscall(SYS_tgkill, hold->pid, hold->pid, SIGSTOP);
	return await_stop(hold) == SIGSTOP && let_go(hold);
}

static bool watch(struct hold *hold, const struct ct_handoff *page)
{
	struct user_regs_struct registers;
	int signo;

	if (await_stop(hold) != SIGTRAP || !lay_trap(hold)) /* execve(2) */
		return false;
	if (ptrace(PTRACE_CONT, hold->pid, NULL, NULL) < 0)
		return false;
	while (ct_time_left(hold->deadline) > 0) {
		if (__atomic_load_n(&page->state, __ATOMIC_ACQUIRE) == CT_HANDOFF_ADOPTED)
			return let_wait(hold);
		signo = look(hold);
		if (signo != 0) /* at the entry, or at a second execve, or at its end */
			return signo == SIGTRAP && is_at_entry(hold, &registers) && let_begin(hold, &registers);
		(void)nanosleep(&(struct timespec){ 0, PAUSE_NS }, NULL);
	}
	return false;
}

void ct_await_interposer(pid_t pid, const struct ct_arena *handoff)
{
	struct hold hold = { .pid = pid, .deadline = ct_deadline(LIMIT_MS) };

	if (!watch(&hold, ct_arena_memory(handoff)))
		(void)kill(pid, SIGKILL);
}
