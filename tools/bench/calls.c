/*
 * calls.c - measures nanoseconds of open+read+close, read, kill and process start, the least of several
 * rounds. `calls` measures an unrelated process. `calls --protect SOCKET [CHILDREN [COMMAND]]` registers with
 * the agent first and starts CHILDREN sleeping children, which are then protected too; COMMAND runs in a shell
 * that was started before and is not protected. Under QEMU's -icount a nanosecond is an instruction, so two
 * runs can be compared to a per mille.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define FILE_PATH "/tmp/calls.txt"
#define MOST_CHILDREN 20000

extern char **environ;

static const char self[] = "/proc/self/exe";
static int zero_fd;

static uint64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int open_read_close(void)
{
	char bytes[64];
	int fd = open(FILE_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, bytes, sizeof(bytes));

	return close(fd) == 0 && got > 0 ? 0 : -1;
}

static int read_only(void)
{
	char bytes[64];

	return read(zero_fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) ? 0 : -1;
}

static int kill_parent(void)
{
	return kill(getppid(), 0);
}

static int start_process(void)
{
	char name[] = "calls", only[] = "--exit";
	char *argv[] = { name, only, NULL };
	int status = -1;
	pid_t pid;

	if (posix_spawn(&pid, self, NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status == 0 ? 0 : -1;
}

struct measure {
	const char *name;
	int (*run)(void);
	unsigned times;
};

static const struct measure measures[] = {
	{ "open_read_close", open_read_close, 4000 },
	{ "read", read_only, 8000 },
	{ "kill", kill_parent, 8000 },
	{ "start", start_process, 30 },
};

static int measure(const struct measure *what)
{
	uint64_t least = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t begin = now();

		for (unsigned i = 0; i < what->times; i++)
			if (what->run() < 0)
				return -1;
		uint64_t took = (now() - begin) / what->times;

		if (took < least)
			least = took;
	}
	return printf("%s %llu\n", what->name, (unsigned long long)least) < 0 ? -1 : 0;
}

/* Sends `protect` to the agent's socket; the connection stays open. */
static int protect_self(const char *path)
{
	static const char request[] = "{\"op\":\"protect\"}\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char answer[512] = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	if (write(fd, request, sizeof(request) - 1) < 0 || read(fd, answer, sizeof(answer) - 1) <= 0)
		return -1;
	return strstr(answer, "\"protected\":true") ? 0 : -1;
}

/*
 * Starts a shell as an orphan, because descendants are protected with this process. It waits for a byte before
 * it runs the command, and writes one on success. Returns this end of the connection.
 */
static int prepare(const char *command)
{
	int line[2], status;
	char byte;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (fork() != 0)
			_exit(0);
		(void)close(line[0]);
		if (read(line[1], &byte, 1) == 1 && system(command) == 0)
			(void)!write(line[1], "1", 1);
		_exit(0);
	}
	(void)close(line[1]);
	return pid > 0 && waitpid(pid, &status, 0) == pid ? line[0] : -1;
}

static int run_prepared(int line)
{
	char byte;

	return write(line, "1", 1) == 1 && read(line, &byte, 1) == 1 ? 0 : -1;
}

static int have_children(int count, pid_t *pids)
{
	for (int i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			return -1;
		if (pids[i] == 0) {
			(void)pause();
			_exit(0);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static pid_t pids[MOST_CHILDREN];
	int children = argc > 3 ? atoi(argv[3]) : 0;
	int fd, other = -1, failed = 0;

	if (argc == 2 && strcmp(argv[1], "--exit") == 0)
		return 0;
	if (children < 0 || children > MOST_CHILDREN)
		return 64;
	zero_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	fd = open(FILE_PATH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (zero_fd < 0 || fd < 0 || write(fd, "calls", 5) != 5 || close(fd) < 0)
		return 71;
	if (argc > 4)
		other = prepare(argv[4]);
	if (argc > 2 && (protect_self(argv[2]) < 0 || have_children(children, pids) < 0))
		return 69;
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]) && !failed; i++)
		failed = measure(&measures[i]);
	if (argc > 4 && !failed)
		failed = run_prepared(other);
	for (int i = 0; i < children; i++)
		if (pids[i] > 0)
			(void)kill(pids[i], SIGKILL);
	return failed ? 71 : 0;
}
