/*
 * program_file_test.c - a program in memory: it can be executed and not be changed.
 */
#include "launch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The bytes of a program that every machine has. */
static void *read_true(uint64_t *ret_length)
{
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	struct stat file;
	void *bytes;

	CHECK_EQUAL(fstat(fd, &file), 0);
	bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(bytes != MAP_FAILED);
	(void)close(fd);
	*ret_length = (uint64_t)file.st_size;
	return bytes;
}

static int32_t run_as(int fd, const char *path)
{
	static char *const argv[] = { (char *)(uintptr_t)"program", NULL };
	const char *const paths[] = { path, NULL };
	const int32_t fds[] = { STDERR_FILENO, fd };
	struct ct_spawn what = {
		.paths = paths,
		.argv = argv,
		.envp = NO_ENVIRONMENT,
		.fds = fds,
		.fd_count = 2,
		.flags = CT_CLOSE_OTHERS,
	};

	return ct_spawn(&what);
}

static void test_it_starts(void)
{
	uint64_t length = 0;
	void *bytes = read_true(&length);
	int32_t fd = ct_program_file(bytes, length);

	CHECK(fd >= 0);
	CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQUAL(end_of(run_as(fd, "/proc/self/fd/4")), 0);
	CHECK_EQUAL(run_as(fd, "/proc/self/fd/5"), -ENOENT);
	(void)close(fd);
	CHECK_EQUAL(munmap(bytes, length), 0);
}

static void test_it_cannot_be_changed(void)
{
	int32_t fd = ct_program_file("#!/bin/true\n", 12);
	char path[40];

	CHECK(fd >= 0);
	CHECK_EQUAL(write(fd, "x", 1), -1);
	CHECK_EQUAL(errno, EPERM);
	CHECK_EQUAL(ftruncate(fd, 0), -1);
	CHECK_EQUAL(errno, EPERM);
	CHECK(mmap(NULL, 12, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_EQUAL(open(path, O_RDWR | O_TRUNC | O_CLOEXEC), -1);
	(void)close(fd);
}

static void test_nothing_is_a_file_too(void)
{
	int32_t fd = ct_program_file("", 0);

	CHECK(fd >= 0);
	CHECK_EQUAL(run_as(fd, "/proc/self/fd/4"), -ENOEXEC);
	(void)close(fd);
}

int main(void)
{
	static const struct test tests[] = {
		{ "it starts under its number in the child", test_it_starts },
		{ "its creator cannot change it", test_it_cannot_be_changed },
		{ "an empty file is not a program", test_nothing_is_a_file_too },
	};

	if (ct_signals_block() < 0)
		return 2;
	return RUN(tests);
}
