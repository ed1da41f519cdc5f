/*
 * corners.c - rare things that an interposer may break:
 *
 *   auxv                 finds the auxiliary vector behind the environment, like Go
 *   library FILE         loads a library from a memory file by its usual path
 *   loaded               prints the paths of libraries that debuggers see
 *   edge                 finds the largest argument list for execve
 *   kill NR PROGRAM…     executes with a filter that kills for system call NR
 *   thread NR PROGRAM…   the same in a thread, which alone has the filter
 *   signal PROGRAM…      executes on an alternate signal stack, with many variables
 *   unlock PROGRAM…      executes with a capability to lock memory that execve drops
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE 100000

extern char **environ;
static char **program;

static int auxv(void)
{
	char **end = environ;
	int count = 0;

	while (*end)
		end++;
	for (Elf64_auxv_t *one = (Elf64_auxv_t *)(end + 1); one->a_type != AT_NULL; one++)
		count++;
	puts(count > 5 ? "found" : "nothing there");
	return 0;
}

static int library(const char *file)
{
	char bytes[65536], path[64];
	int from = open(file, O_RDONLY | O_CLOEXEC), to = memfd_create("library", 0);
	ssize_t length = read(from, bytes, sizeof(bytes));
	int (*answer)(void);
	void *loaded;

	close(from);
	if (write(to, bytes, length) != length)
		return 1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	loaded = dlopen(path, RTLD_NOW);
	answer = loaded ? (int (*)(void))dlsym(loaded, "answer") : NULL;
	printf("%d\n", answer ? answer() : -1);
	return 0;
}

static int print_name(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	puts(info->dlpi_name);
	return 0;
}

static int takes(long bytes)
{
	long count = bytes / PIECE + 1;
	char **words = calloc(count + 2, sizeof(*words));
	int status = 0;

	words[0] = "true";
	for (long i = 1; i <= count; i++) {
		long piece = i < count ? PIECE : bytes % PIECE;

		words[i] = malloc(piece + 1);
		memset(words[i], 'x', piece);
		words[i][piece] = '\0';
	}
	if (fork() == 0) {
		execve("/bin/true", words, environ);
		_exit(errno);
	}
	wait(&status);
	for (long i = 1; i <= count; i++)
		free(words[i]);
	free(words);
	return status == 0;
}

static int edge(void)
{
	long low = 0, high = 4000000;

	while (high - low > 1) {
		long middle = (low + high) / 2;

		if (takes(middle))
			low = middle;
		else
			high = middle;
	}
	printf("%ld\n", low);
	return 0;
}

static int execute(void)
{
	execve(program[0], program, environ);
	perror("execve");
	return 9;
}

static int killed_for(int number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { 4, code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) ? 8 : execute();
}

static void *in_thread(void *number)
{
	exit(killed_for(*(int *)number));
}

static int thread_killed_for(int number)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, &number))
		return 8;
	for (;;)
		pause();
}

static void on_fault(int signo)
{
	int status;

	(void)signo;
	if (fork() == 0)
		_exit(execute());
	wait(&status);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static int on_signal_stack(void)
{
	stack_t small = { malloc(8192), 0, 8192 };
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_ONSTACK };
	char name[32];

	/* As in a namespace with many services. */
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "SERVICE_%d_PORT", i);
		setenv(name, "tcp://10.0.0.1:80", 1);
	}
	sigaltstack(&small, NULL);
	sigaction(SIGUSR1, &action, NULL);
	return raise(SIGUSR1);
}

static int unlock(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2] = { { 1u << CAP_IPC_LOCK, 1u << CAP_IPC_LOCK, 0 } };
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_MEMLOCK, &none) || prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(65532, 65532, 65532) || setresuid(65532, 65532, 65532) || syscall(SYS_capset, &head, sets))
		return 8;
	return execute();
}

int main(int count, char **words)
{
	const char *what = count > 1 ? words[1] : "";

	program = words + 2;
	if (!strcmp(what, "auxv")) return auxv();
	if (!strcmp(what, "loaded")) return dl_iterate_phdr(print_name, NULL);
	if (!strcmp(what, "library")) return library(words[2]);
	if (!strcmp(what, "edge")) return edge();
	if (!strcmp(what, "signal")) return on_signal_stack();
	if (!strcmp(what, "unlock")) return unlock();
	if (count < 4) return 7;
	program = words + 3;
	if (!strcmp(what, "thread")) return thread_killed_for(atoi(words[2]));
	return killed_for(atoi(words[2]));
}
