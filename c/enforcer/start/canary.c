/*
 * canary.c - see canary.h. The secret exists only in the canary's memory, so an attacker that knows it has read it
 * there.
 */
#include "canary.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 10000

struct answer {
	int error;
	uint64_t found;
};

/* An unused range of addresses, also where there are only 39 bits of them and pages have 64 KiB. */
#define MAPPING_BASE 0x1000000000ul
#define MAPPING_MASK 0xffffful
#define MAPPING_SIZE 0x10000ul

static volatile uint64_t secret;

/* The address of the canary's mapping, which proves that its maps file was read. */
static void *mapping_of(uint64_t value)
{
	return (void *)(MAPPING_BASE + (value & MAPPING_MASK) * MAPPING_SIZE);
}

static _Noreturn void run_canary(int line)
{
	char byte = 1;

	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	(void)prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
	/* Yama would refuse a sibling without CAP_SYS_PTRACE, which would look like a refusal by the programs. */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0L, 0L, 0L);
	(void)mmap(mapping_of(secret), MAPPING_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (write(line, &byte, 1) == 1)
		while (read(line, &byte, 1) < 0 && errno == EINTR)
			continue;
	_exit(0);
}

static bool wait_readable(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };
	int ready;

	do
		ready = poll(&one, 1, LIMIT_MS);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

int canary_start(struct canary *ret_canary)
{
	uint64_t value = 0;
	int line[2];
	char byte;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
		value = (uint64_t)getpid() * 2654435761u + 1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0)
		return -errno;
	secret = value;
	ret_canary->pid = fork();
	if (ret_canary->pid == 0) {
		(void)close(line[0]);
		run_canary(line[1]);
	}
	secret = 0;
	(void)close(line[1]);
	ret_canary->line = line[0];
	ret_canary->secret = value;
	if (ret_canary->pid < 0) {
		(void)close(line[0]);
		return -errno;
	}
	if (wait_readable(line[0]) && read(line[0], &byte, 1) == 1)
		return 0;
	canary_stop(ret_canary);
	return -ETIMEDOUT;
}

static int end(pid_t pid)
{
	int status = 0;

	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

void canary_stop(struct canary *canary)
{
	(void)end(canary->pid);
	(void)close(canary->line);
}

static struct answer read_across(pid_t pid)
{
	struct answer answer = { 0 };
	struct iovec here = { &answer.found, sizeof(answer.found) };
	struct iovec there = { (void *)(uintptr_t)&secret, sizeof(secret) };

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0)
		answer.error = errno;
	return answer;
}

static struct answer read_file_of(pid_t pid, const char *folder)
{
	struct answer answer = { 0 };
	char path[48];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%d/mem", folder, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &answer.found, sizeof(answer.found), (off_t)(uintptr_t)&secret) < 0)
		answer.error = errno;
	return answer;
}

/* The attacker knows the address, but not whether it is mapped. */
static struct answer read_maps(const struct canary *canary)
{
	struct answer answer = { 0 };
	char path[32], line[32], text[16384];
	size_t length = 0;
	ssize_t got = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", canary->pid);
	(void)snprintf(line, sizeof(line), "%lx-", (unsigned long)mapping_of(canary->secret));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && length < sizeof(text) && (got = read(fd, text + length, sizeof(text) - length)) > 0)
		length += (size_t)got;
	if (fd < 0 || got < 0)
		answer.error = errno;
	if (memmem(text, length, line, strlen(line)) != NULL)
		answer.found = canary->secret;
	return answer;
}

static struct answer perform(const struct canary *canary, enum attack attack)
{
	switch (attack) {
	case ATTACK_READV:
		return read_across(canary->pid);
	case ATTACK_MAPS:
		return read_maps(canary);
	default:
		return read_file_of(canary->pid, attack == ATTACK_OPEN ? "/proc" : "/proc/self/..");
	}
}

static _Noreturn void run_attacker(const struct canary *canary, enum attack attack, int line)
{
	struct answer answer = perform(canary, attack);

	_exit(write(line, &answer, sizeof(answer)) != sizeof(answer));
}

static enum outcome judge(const struct canary *canary, const struct answer *answer, int *ret_error)
{
	*ret_error = answer->error;
	if (answer->found == canary->secret)
		return OUTCOME_LEAKED;
	return answer->error == EPERM || answer->error == EACCES ? OUTCOME_REFUSED : OUTCOME_OTHER;
}

enum outcome canary_attack(const struct canary *canary, enum attack attack, int *ret_error)
{
	struct answer answer = { 0 };
	bool answered;
	int line[2], status;
	pid_t pid;

	*ret_error = 0;
	if (pipe2(line, O_CLOEXEC) < 0) {
		*ret_error = errno;
		return OUTCOME_OTHER;
	}
	pid = fork();
	if (pid == 0)
		run_attacker(canary, attack, line[1]);
	*ret_error = errno;
	(void)close(line[1]);
	answered = pid > 0 && wait_readable(line[0]) && read(line[0], &answer, sizeof(answer)) == sizeof(answer);
	(void)close(line[0]);
	if (pid < 0)
		return OUTCOME_OTHER;
	status = end(pid);
	if (answered)
		return judge(canary, &answer, ret_error);
	*ret_error = 0;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? OUTCOME_KILLED : OUTCOME_OTHER;
}
