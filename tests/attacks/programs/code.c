/*
 * code.c - maps a file as code, or writes to one, as root.
 *
 *     code run FILE [SOCKET]   registers at SOCKET, maps FILE as code, prints "runs" and waits; for each line on its
 *                              standard input it writes to FILE itself and prints the result
 *     code late FILE SOCKET    the same, but maps FILE before it registers
 *     code fill FOLDER N SOCKET   as run, with N files that it makes
 *     code ask SOCKET          registers and exits: status 3 when it is refused
 *     code write FILE          writes a byte to FILE: "passed" or the error
 *     code cut FILE            truncate(2): the same
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "../lib/socket.h"

static int change(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int failed = fd < 0 || write(fd, "", 1) != 1;

	puts(failed ? strerrorname_np(errno) : "passed");
	(void)fflush(stdout);
	if (fd >= 0)
		(void)close(fd);
	return 0;
}

static int cut(const char *path)
{
	puts(truncate(path, 0) < 0 ? strerrorname_np(errno) : "passed");
	return 0;
}

static int map(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		return -1;
	return close(fd);
}

/* Their pages are never touched, so they need memory for tables only. */
static int fill(const char *folder, int count, const char *socket)
{
	char path[256];

	ask_for_protection(socket);
	for (int i = 0; i < count; i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "%.200s/%d", folder, i);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || ftruncate(fd, 4096) < 0 || map(path) < 0)
			return 1;
		(void)close(fd);
	}
	puts("runs");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

static int run(const char *path, const char *socket, int is_late)
{
	char line[16];

	if (is_late && map(path) < 0)
		return 1;
	if (socket != NULL)
		ask_for_protection(socket);
	if (!is_late && map(path) < 0)
		return 1;
	puts("runs");
	(void)fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL)
		(void)change(path);
	for (;;)
		(void)pause();
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "write") == 0)
		return change(argv[2]);
	if (argc == 3 && strcmp(argv[1], "cut") == 0)
		return cut(argv[2]);
	if (argc == 3 && strcmp(argv[1], "ask") == 0) {
		ask_for_protection(argv[2]);
		return 0;
	}
	if (argc >= 3 && (strcmp(argv[1], "run") == 0 || strcmp(argv[1], "late") == 0))
		return run(argv[2], argv[3], argv[1][0] == 'l');
	if (argc == 5 && strcmp(argv[1], "fill") == 0)
		return fill(argv[2], atoi(argv[3]), argv[4]);
	return 64;
}
