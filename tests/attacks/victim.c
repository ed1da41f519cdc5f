/*
 * victim.c - an application as the wrapper starts it: takes a secret from its environment, has it everywhere
 * where applications have secrets, says where that is and sleeps. It answers to nobody and uses no network.
 *
 *     victim --secret=NAME [--out=FILE] [--keep] [--agent=SOCKET] [--when=PATH] [--traceme] [--code=FILE] [xxxx...]
 *
 *   --out      where the addresses go (stdout otherwise); appears at once, when all is in place
 *   --keep     leaves the descriptor of the memfd_secret page open
 *   --agent    registers with the agent, as the wrapper would; exit status 3 when refused
 *   --when     ...but only once PATH exists. FILE has `protected 1` then, and says so by being written anew
 *   --traceme  asks its parent to trace it, after that
 *   --code     makes FILE, which it maps and calls again and again with the secret, as programs do with libraries
 *   xxx...     room for the secret on its own command line
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "arch.h"
#include "digest.h"
#include "victim_agent.h"

enum { PAGE = 4096, MOST = 512 };

static const struct timespec MOMENT = { 0, 100000000 };
extern const char __ehdr_start;

static struct {
	const char *name, *out, *agent, *when, *code;
	char *room;
	int keep, traceme;
} options = { .name = "CT_SECRET" };

static struct {
	size_t length;
	const char *env;
	char *heap, *scratch, *shared, *secretmem;
	int secretmem_fd, memfd, is_protected;
	pid_t child, late;
	void (*call)(const char *secret);
} held = { .secretmem_fd = -1 };

void victim_nap(const char *secret);

/* Where a uprobe finds the secret in the first argument. */
__attribute__((noipa)) void victim_nap(const char *secret)
{
	__asm__ volatile("" : : "r"(secret) : "memory");
	(void)nanosleep(&MOMENT, NULL);
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static _Noreturn void *hold_in_registers(void *secret)
{
	uint64_t words[4] = { 0 };

	memcpy(words, secret, held.length < sizeof(words) ? held.length : sizeof(words));
	for (;;)
		arch_sleep_holding(words, &MOMENT);
}

/* Its own first version of the code does nothing. */
static void map_code(void)
{
	int fd = open(options.code, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	void *at;

	if (fd < 0 || ftruncate(fd, PAGE) < 0 || pwrite(fd, ARCH_RETURN, 1, 0) != 1)
		fail(options.code);
	at = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		fail(options.code);
	memcpy(&held.call, &at, sizeof(at));
	(void)close(fd);
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
	for (;;)
		victim_nap(held.heap);
}

static char *map_copy(int fd, const char *secret)
{
	char *at;

	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		return NULL;
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return NULL;
	memcpy(at, secret, held.length);
	return at;
}

static void take_secret(void)
{
	const char *secret = getenv(options.name);

	if (secret == NULL || strlen(secret) < DIGEST_LEAST || strlen(secret) >= MOST) {
		fprintf(stderr, "victim: %s must have %d to %d bytes\n", options.name, DIGEST_LEAST, MOST - 1);
		exit(2);
	}
	held.env = secret;
	held.length = strlen(secret);
	held.heap = strdup(secret);
	held.scratch = calloc(1, MOST);
	if (held.heap == NULL || held.scratch == NULL)
		fail("malloc");
	held.memfd = memfd_create("victim", MFD_CLOEXEC);
	held.shared = map_copy(held.memfd, secret);
	held.secretmem_fd = (int)syscall(SYS_memfd_secret, (unsigned)O_CLOEXEC);
	held.secretmem = map_copy(held.secretmem_fd, secret);
	if (held.secretmem_fd >= 0 && !options.keep) {
		(void)close(held.secretmem_fd);
		held.secretmem_fd = -1;
	}
	if (options.room != NULL)
		memcpy(options.room, secret, strnlen(options.room, held.length));
}

static void print_addresses(FILE *to, const void *stack)
{
	size_t length = held.length < DIGEST_MOST ? held.length : DIGEST_MOST;
	char exe[MOST] = "", cwd[MOST] = "";

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0 || getcwd(cwd, sizeof(cwd)) == NULL)
		fail("exe, cwd");
	fprintf(to, "pid %ld\nlength %zu\ndigest %llx\n", (long)getpid(), length,
		(unsigned long long)digest_of((const unsigned char *)held.heap, length));
	fprintf(to, "env %llx\nheap %llx\nstack %llx\n", (unsigned long long)(uintptr_t)held.env,
		(unsigned long long)(uintptr_t)held.heap, (unsigned long long)(uintptr_t)stack);
	fprintf(to, "scratch %llx\nshared %llx\nsecretmem %llx\n", (unsigned long long)(uintptr_t)held.scratch,
		(unsigned long long)(uintptr_t)held.shared, (unsigned long long)(uintptr_t)held.secretmem);
	fprintf(to, "nap %llx\nsecretmem_fd %d\nmemfd %d\n",
		(unsigned long long)((uintptr_t)victim_nap - (uintptr_t)&__ehdr_start), held.secretmem_fd, held.memfd);
	fprintf(to, "child %ld\nlate %ld\nprotected %d\nexe %s\ncwd %s\ncode %s\nend 1\n", (long)held.child, (long)held.late,
		held.is_protected, exe, cwd, options.code == NULL ? "" : options.code);
}

static void publish(const void *stack)
{
	char partial[MOST + 8];
	FILE *to = stdout;

	if (options.out != NULL) {
		(void)snprintf(partial, sizeof(partial), "%s.part", options.out);
		to = fopen(partial, "w");
	}
	if (to == NULL)
		fail(partial);
	print_addresses(to, stack);
	if (options.out == NULL)
		(void)fflush(to);
	else if (fclose(to) != 0 || rename(partial, options.out) < 0)
		fail(options.out);
}

static int take_text(const char *arg, const char *name, const char **ret_text)
{
	size_t length = strlen(name);

	if (strncmp(arg, name, length) != 0)
		return 0;
	*ret_text = arg + length;
	return 1;
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *arg = argv[i];

		if (take_text(arg, "--secret=", &options.name) || take_text(arg, "--out=", &options.out) ||
		    take_text(arg, "--agent=", &options.agent) || take_text(arg, "--when=", &options.when) ||
		    take_text(arg, "--code=", &options.code))
			continue;
		if (strcmp(arg, "--keep") == 0)
			options.keep = 1;
		else if (strcmp(arg, "--traceme") == 0)
			options.traceme = 1;
		else
			options.room = arg;
	}
}

int main(int argc, char **argv)
{
	char stack[MOST] = "";
	pthread_t thread;

	read_options(argc, argv);
	(void)setpgid(0, 0); /* for signals to a whole group */
	(void)signal(SIGQUIT, SIG_DFL); /* a shell has what it starts in the background ignore it */
	take_secret();
	memcpy(stack, held.heap, held.length);
	if (options.code != NULL)
		map_code();
	if (pthread_create(&thread, NULL, hold_in_registers, held.heap) != 0)
		fail("thread");
	held.child = start_child();
	if (options.agent != NULL && options.when != NULL) {
		publish(stack);
		while (access(options.when, F_OK) < 0)
			victim_nap(stack);
	}
	if (options.agent != NULL) {
		ask_for_protection(options.agent);
		held.is_protected = 1;
	}
	held.late = start_child();
	if (options.traceme && ptrace(PTRACE_TRACEME, 0, 0L, 0L) < 0)
		fail("traceme");
	publish(stack);
	for (;;) {
		victim_nap(stack);
		if (held.call != NULL)
			held.call(stack);
	}
}
