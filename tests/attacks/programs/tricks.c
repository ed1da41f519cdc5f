/*
 * tricks.c - attacks on the enforcer that need several calls, as root.
 *
 *     tricks namespace INODE     walks the mount namespaces of the machine: "reached" or "refused"
 *     tricks exe FILE            claims FILE as its executable: "claimed" or the error
 *     tricks traced FILE         executes FILE while it is traced: "runs" or the error
 *     tricks hold FILE r|w GO    opens FILE, waits for GO, then reads or writes: "passed" or the error
 *     tricks crowd SOCKET        registers and forks until that fails: how many children, and the error
 *     tricks race N              asks for BPF maps by id N times, each time interrupting a thread that does the same: how
 *                                often it got one
 *     tricks filtered N PROGRAM… executes PROGRAM with N seccomp filters, and one whose listener is closed again
 *     tricks handed GO PROGRAM…  opens its own cmdline and executes PROGRAM; a child with the descriptor reads after GO
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "../lib/arch.h"
#include "../lib/bpf.h"
#include "../lib/memory.h"
#include "../lib/proc.h"
#include "../lib/socket.h"

#define MOST_CHILDREN 20000
#define MOST_MAPS 100

struct mount_namespace {
	uint32_t size, mounts;
	uint64_t id;
};

#define NEXT _IOR(0xb7, 11, struct mount_namespace)
#define PREVIOUS _IOR(0xb7, 12, struct mount_namespace)

static const char *word(int result)
{
	return result < 0 ? strerrorname_np(errno) : "passed";
}

static int walk(unsigned long direction, ino_t wanted)
{
	struct mount_namespace about = { .size = sizeof(about) };
	int at = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct stat status;

	while (at >= 0) {
		int other = ioctl(at, direction, &about);

		if (other < 0)
			return errno == EPERM ? -1 : 0;
		if (fstat(other, &status) == 0 && status.st_ino == wanted)
			return 1;
		(void)close(at);
		at = other;
	}
	return 0;
}

static int reach_namespace(const char *inode)
{
	ino_t wanted = strtoull(inode, NULL, 10);
	int one = walk(NEXT, wanted), other = walk(PREVIOUS, wanted);

	puts(one == 1 || other == 1 ? "reached" : one == -1 || other == -1 ? "refused" : "not there");
	return 0;
}

struct claim {
	unsigned long start, length;
	int fd;
	long result;
};

/* Runs where it was copied to: nothing of the program may be mapped when the kernel looks. Ends the process. */
__attribute__((used, noinline, section("claim"))) static void claim_file(struct claim *claim)
{
	long result = arch_inline_call(SYS_munmap, (long)claim->start, (long)claim->length, 0, 0, 0);

	if (result == 0)
		result = arch_inline_call(SYS_prctl, PR_SET_MM, PR_SET_MM_EXE_FILE, claim->fd, 0, 0);
	claim->result = result;
	for (;;)
		(void)arch_inline_call(SYS_exit_group, 0, 0, 0, 0, 0);
}

extern const char __start_claim[], __stop_claim[], __executable_start[], _end[];

/* Where the program is mapped, its heap left out. */
static void find_self(struct claim *claim)
{
	claim->start = page_of((unsigned long)__executable_start);
	claim->length = page_of((unsigned long)_end + page_size() - 1) - claim->start;
}

static int claim_exe(const char *path)
{
	size_t size = (size_t)(__stop_claim - __start_claim);
	char *code = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct claim *claim = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	void (*run)(struct claim *) = (void (*)(struct claim *))(uintptr_t)code;

	memcpy(code, __start_claim, size);
	find_self(claim);
	claim->fd = open(path, O_RDONLY);
	claim->result = 1;
	if (claim->fd < 0)
		return puts(word(-1)) < 0;
	if (fork() == 0)
		run(claim);
	(void)wait(NULL);
	errno = (int)-claim->result;
	puts(claim->result == 0 ? "claimed" : claim->result > 0 ? "died" : word(-1));
	return 0;
}

static int run_traced(char **arguments)
{
	int line[2], status, error = 0;
	pid_t pid;

	if (pipe2(line, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return 1;
	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)execv(arguments[0], arguments);
		error = errno;
		_exit(write(line[1], &error, sizeof(error)) < 0);
	}
	(void)close(line[1]);
	(void)waitpid(pid, &status, 0);
	if (WIFSTOPPED(status)) {
		puts("runs");
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		return 0;
	}
	puts(read(line[0], &error, sizeof(error)) == sizeof(error) ? strerrorname_np(error) : "died");
	return 0;
}

static void await(const char *path)
{
	for (int i = 0; i < 1200 && access(path, F_OK) < 0; i++)
		pause_ms(50);
}

static int hold(const char *path, int writes, const char *go)
{
	int fd = open(path, (writes ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	char text[16] = "\n";

	printf("holding %s\n", word(fd));
	(void)fflush(stdout);
	await(go);
	puts(word((int)(writes ? write(fd, text, 1) : read(fd, text, sizeof(text)))));
	return 0;
}

static int hand_on(const char *go, char **program)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t length;

	if (fork() != 0) {
		(void)execv(program[0], program);
		return 1;
	}
	await(go);
	length = read(fd, text, sizeof(text) - 1);
	puts(length < 0 ? word(-1) : memmem(text, (size_t)length, program[0], strlen(program[0])) ? "read" : "nothing");
	return 0;
}

static int crowd(const char *path)
{
	static pid_t pids[MOST_CHILDREN];
	int count = 0;

	ask_for_protection(path);
	for (; count < MOST_CHILDREN && (pids[count] = fork()) >= 0; count++)
		if (pids[count] == 0) {
			(void)pause();
			_exit(0);
		}
	printf("%d %s\n", count, count < MOST_CHILDREN ? word(-1) : "none refused");
	for (int i = 0; i < count; i++)
		(void)kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		continue;
	(void)fflush(stdout);
	if (fork() != 0)
		puts(wait(NULL) < 0 ? word(-1) : "one more");
	return 0;
}

/* Whether it got a map's descriptor. */
static int take_map(void)
{
	for (unsigned int id = 1; id < MOST_MAPS; id++) {
		union bpf_attr what = { .map_id = id };
		int fd = bpf_call(BPF_MAP_GET_FD_BY_ID, &what);

		if (fd >= 0)
			return close(fd) == 0;
		if (fd == -EPERM)
			return 0;
	}
	return 0;
}

static _Atomic int over;

static void *take_on(void *unused)
{
	while (!over)
		(void)take_map();
	return unused;
}

static int race(int times)
{
	const struct sched_param first = { .sched_priority = 50 };
	pthread_t other;
	int taken = 0;

	if (pthread_create(&other, NULL, take_on, NULL) != 0 || sched_setscheduler(0, SCHED_FIFO, &first) < 0)
		return 1;
	for (int i = 0; i < times; i++) {
		const struct timespec moment = { 0, 20000 + i * 37 % 60000 };

		(void)nanosleep(&moment, NULL);
		taken += take_map();
	}
	over = 1;
	printf("%d\n", taken);
	return 0;
}

static int run_filtered(int filters, char **program)
{
	struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog all = { 1, &pass };
	long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &all);

	for (int i = 0; i < filters; i++)
		if (listener < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all) < 0)
			return 1;
	(void)close((int)listener);
	(void)execv(program[0], program);
	return 1;
}

int main(int argc, char **argv)
{
	const char *trick = argc > 2 ? argv[1] : "";

	if (strcmp(trick, "namespace") == 0)
		return reach_namespace(argv[2]);
	if (strcmp(trick, "exe") == 0)
		return claim_exe(argv[2]);
	if (strcmp(trick, "traced") == 0)
		return run_traced(argv + 2);
	if (strcmp(trick, "race") == 0)
		return race(atoi(argv[2]));
	if (strcmp(trick, "crowd") == 0)
		return crowd(argv[2]);
	if (strcmp(trick, "hold") == 0 && argc == 5)
		return hold(argv[2], argv[3][0] == 'w', argv[4]);
	if (strcmp(trick, "filtered") == 0 && argc > 3)
		return run_filtered(atoi(argv[2]), argv + 3);
	if (strcmp(trick, "handed") == 0 && argc > 3)
		return hand_on(argv[2], argv + 3);
	return 64;
}
