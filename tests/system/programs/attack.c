/*
 * attack.c - a thief: reads another process's memory, descriptors or environment by one method and
 * counts how often each wanted text is there. It does not hide, and changes nothing in its victim.
 *
 *   attack METHOD PID TEXT…
 *
 * One line a text: `hits N`. Before them `secretmem ERRNO` (or OK) for the victim's /secretmem
 * mapping where the method reads mappings, and `denied ERRNO` when the method gets nowhere at all.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (1u << 20)
#define PAGE 4096u
#define SMALL (256u << 10)
#define OVERLAP 256u /* longer than any text: none may hide on a border */
#define MOST_TEXTS 16

static char **texts;
static int text_count;
static long hits[MOST_TEXTS];
static int opened; /* something could be looked at */
static int last_error;
static char buffer[CHUNK + OVERLAP];

static void search(const char *bytes, size_t length)
{
	opened = 1;
	for (int i = 0; i < text_count; i++) {
		size_t wanted = strlen(texts[i]);
		const char *at = bytes;

		while ((at = memmem(at, length - (size_t)(at - bytes), texts[i], wanted)) != NULL) {
			hits[i]++;
			at += wanted;
		}
	}
}

typedef ssize_t reader(pid_t pid, int fd, uint64_t at, char *into, size_t length);

static ssize_t by_mem(pid_t pid, int fd, uint64_t at, char *into, size_t length)
{
	(void)pid;
	return pread(fd, into, length, (off_t)at);
}

static ssize_t by_readv(pid_t pid, int fd, uint64_t at, char *into, size_t length)
{
	struct iovec local = { into, length };
	struct iovec remote = { (void *)at, length };

	(void)fd;
	return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

static ssize_t by_peek(pid_t pid, int fd, uint64_t at, char *into, size_t length)
{
	size_t done = 0;

	(void)fd;
	for (; done + sizeof(long) <= length; done += sizeof(long)) {
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, at + done, NULL);
		if (errno != 0)
			return done > 0 ? (ssize_t)done : -1;
		memcpy(into + done, &word, sizeof(word));
	}
	return (ssize_t)done;
}

/* Page by page where a whole chunk is refused: one hole must not hide the rest. */
static void read_range(reader *read, pid_t pid, int fd, uint64_t start, uint64_t end, int *ret_error)
{
	uint64_t at = start;
	size_t step = CHUNK;

	while (at < end) {
		size_t length = end - at < step + OVERLAP ? end - at : step + OVERLAP;
		ssize_t got = read(pid, fd, at, buffer, length);

		if (got <= 0) {
			*ret_error = errno;
			if (step > PAGE)
				step = PAGE;
			else
				at += PAGE;
			continue;
		}
		search(buffer, (size_t)got);
		at += (uint64_t)got < step ? (uint64_t)got : step;
		step = CHUNK;
	}
}

static void read_mappings(reader *read, pid_t pid, int fd, int only_small)
{
	char path[64], line[512];
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (maps == NULL) {
		last_error = errno;
		/* The call itself may be open to who cannot see addresses. */
		if (read == by_readv && by_readv(pid, fd, PAGE, buffer, 1) < 0)
			last_error = errno;
		return;
	}
	while (fgets(line, sizeof(line), maps) != NULL) {
		uint64_t start, end;
		char access[8];
		int error = 0;
		int secret = strstr(line, "/secretmem") != NULL;

		if (sscanf(line, "%lx-%lx %7s", &start, &end, access) != 3 || access[0] != 'r')
			continue;
		if (only_small && !secret && end - start > SMALL)
			continue; /* a word at a time takes too long */
		read_range(read, pid, fd, start, end, &error);
		if (secret)
			printf("secretmem %s\n", error ? strerrorname_np(error) : "OK");
		if (error)
			last_error = error;
	}
	(void)fclose(maps);
}

static void read_memory_file(pid_t pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		last_error = errno;
	else
		read_mappings(by_mem, pid, fd, 0);
}

static void peek(pid_t pid)
{
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0) {
		last_error = errno;
		return;
	}
	(void)waitpid(pid, NULL, __WALL);
	read_mappings(by_peek, pid, -1, 1);
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/* What an open file holds: by reading it, and by mapping it, as secret memory wants to be read. */
static void search_file(int fd)
{
	struct stat file;
	void *at;

	if (fstat(fd, &file) < 0 || (!S_ISREG(file.st_mode) && file.st_mode != 0))
		return;
	/* A program's own file is no secret, and large. */
	if (file.st_size <= 0 || file.st_size > (1 << 24))
		return;
	at = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		last_error = errno;
		return;
	}
	search(at, (size_t)file.st_size);
	(void)munmap(at, (size_t)file.st_size);
}

static void steal_descriptors(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (int number = 0; number < 1024; number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

		if (fd >= 0) {
			opened = 1;
			search_file(fd);
			(void)close(fd);
		} else if (errno != EBADF) {
			last_error = errno;
		}
	}
}

static void open_links(pid_t pid, const char *name)
{
	char path[600];
	DIR *folder;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	folder = opendir(path);
	if (folder == NULL) {
		last_error = errno;
		return;
	}
	opened = 1;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/%s/%s", pid, name, entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0) {
			last_error = errno;
			continue;
		}
		search_file(fd);
		(void)close(fd);
	}
	(void)closedir(folder);
}

static void read_file(pid_t pid, const char *name)
{
	char path[64];
	ssize_t got;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, buffer, CHUNK);
	if (got < 0)
		last_error = errno;
	else
		search(buffer, (size_t)got);
}

static int attack(const char *method, pid_t pid)
{
	if (strcmp(method, "mem") == 0)
		read_memory_file(pid);
	else if (strcmp(method, "readv") == 0)
		read_mappings(by_readv, pid, -1, 0);
	else if (strcmp(method, "peek") == 0)
		peek(pid);
	else if (strcmp(method, "getfd") == 0)
		steal_descriptors(pid);
	else if (strcmp(method, "fd") == 0 || strcmp(method, "map_files") == 0)
		open_links(pid, method);
	else if (strcmp(method, "environ") == 0 || strcmp(method, "cmdline") == 0)
		read_file(pid, method);
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4 || argc - 3 > MOST_TEXTS)
		return 2;
	texts = argv + 3;
	text_count = argc - 3;
	if (attack(argv[1], atoi(argv[2])) != 0)
		return 2;
	if (!opened)
		printf("denied %s\n", last_error ? strerrorname_np(last_error) : "EMPTY");
	for (int i = 0; i < text_count; i++)
		printf("hits %ld\n", hits[i]);
	return 0;
}
