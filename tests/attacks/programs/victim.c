/*
 * victim.c - the one victim: an application that takes a secret from its environment, keeps it everywhere where
 * applications keep secrets, publishes where that is, and sleeps.
 *
 *     victim [--secret=NAME] [--out=FILE] [--keep] [--agent=SOCKET] [--when=PATH] [--traceme] [--code=FILE] [xxxx...]
 *
 *   --secret   the variable with the secret (CT_SECRET)
 *   --out      file for the addresses, which appears when all is in place (standard output)
 *   --keep     leaves the descriptor of the memfd_secret page open
 *   --agent    registers with the agent, as the wrapper would; exit status 3 when the agent refuses
 *   --when     ...but not before PATH exists. After that the addresses are written again, with `protected 1`
 *   --traceme  asks its parent to trace it, after that
 *   --code     makes FILE, maps it and calls it again and again with the secret, as programs do with libraries
 *   xxx...     room for the secret on its own command line
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include "../lib/arch.h"
#include "../lib/digest.h"
#include "../lib/memory.h"
#include "../lib/socket.h"

enum { MOST = 512 };

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

/* The first version of the code does nothing. */
static void map_code(void)
{
	int fd = open(options.code, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	void *at;

	if (fd < 0 || ftruncate(fd, (off_t)page_size()) < 0 || pwrite(fd, ARCH_RETURN, sizeof(ARCH_RETURN) - 1, 0) < 0)
		fail(options.code);
	at = mmap(NULL, page_size(), PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		fail(options.code);
	memcpy(&held.call, &at, sizeof(at));
	(void)close(fd);
}

static void start_child(void)
{
	const pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid > 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
	if (getppid() != parent) /* it died before that */
		_exit(0);
	for (;;)
		victim_nap(held.heap);
}

static char *map_copy(int fd, const char *secret)
{
	char *at;

	if (fd < 0 || ftruncate(fd, (off_t)page_size()) < 0)
		return NULL;
	at = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
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

static void print_address(FILE *to, const char *name, const void *at)
{
	fprintf(to, "%s %llx\n", name, (unsigned long long)(uintptr_t)at);
}

static void print_addresses(FILE *to, const void *stack)
{
	size_t length = held.length < DIGEST_MOST ? held.length : DIGEST_MOST;
	char exe[MOST] = "", cwd[MOST] = "";

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0 || getcwd(cwd, sizeof(cwd)) == NULL)
		fail("exe, cwd");
	fprintf(to, "pid %ld\nlength %zu\ndigest %llx\n", (long)getpid(), length,
		(unsigned long long)digest_of((const unsigned char *)held.heap, length));
	print_address(to, "env", held.env);
	print_address(to, "heap", held.heap);
	print_address(to, "stack", stack);
	print_address(to, "scratch", held.scratch);
	print_address(to, "shared", held.shared);
	print_address(to, "secretmem", held.secretmem);
	fprintf(to, "nap %llx\n", (unsigned long long)((uintptr_t)victim_nap - (uintptr_t)&__ehdr_start));
	fprintf(to, "secretmem_fd %d\nmemfd %d\nprotected %d\n", held.secretmem_fd, held.memfd, held.is_protected);
	fprintf(to, "exe %s\ncwd %s\ncode %s\nend 1\n", exe, cwd, options.code == NULL ? "" : options.code);
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
	(void)signal(SIGQUIT, SIG_DFL); /* a shell makes background jobs ignore it */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0L, 0L, 0L); /* where Yama allows ancestors only */
	take_secret();
	memcpy(stack, held.heap, held.length);
	if (options.code != NULL)
		map_code();
	if (pthread_create(&thread, NULL, hold_in_registers, held.heap) != 0)
		fail("thread");
	start_child();
	if (options.agent != NULL && options.when != NULL) {
		publish(stack);
		while (access(options.when, F_OK) < 0)
			victim_nap(stack);
	}
	if (options.agent != NULL) {
		ask_for_protection(options.agent);
		held.is_protected = 1;
	}
	start_child();
	if (options.traceme && ptrace(PTRACE_TRACEME, 0, 0L, 0L) < 0)
		fail("traceme");
	publish(stack);
	for (;;) {
		victim_nap(stack);
		if (held.call != NULL)
			held.call(stack);
	}
}
