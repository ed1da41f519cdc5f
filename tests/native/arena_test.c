/*
 * arena_test.c - the mapping of an arena: guards, wiping, locking, descriptors. blocks_test.c is about the content,
 * tests/ffi/theft_test.ts about attacks from outside.
 */
#include "check.h"
#include "filter.h"

#include "internal.h"
#include "syscalls.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>


static struct ct_arena *map(int32_t fd, uint64_t bytes)
{
	struct ct_arena *arena = NULL;

	CHECK_EQUAL(ct_arena_map(fd, bytes, 0, &arena), 0);
	return arena;
}

/* Two mappings of one ordinary file. */
static void map_twice(struct ct_arena **ret_one, struct ct_arena **ret_other)
{
	int32_t fd = ct_arena_fd(CT_ORDINARY);
	int second = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	*ret_one = map(fd, PAGE);
	*ret_other = map(second, PAGE);
}

static void touch_guard(void *with)
{
	struct ct_arena *arena = map(-1, 3 * PAGE);
	char *memory = ct_arena_memory(arena);

	memory[3 * PAGE - 1] = memory[0] = 1; /* both ends are inside */
	*(volatile char *)(memory + *(const int *)with) = 1;
}

static void test_guards(void)
{
	const int page = (int)PAGE;
	const int outside[] = { -1, -page, 3 * page, 4 * page - 1 };

	for (size_t i = 0; i < 4; i++)
		CHECK_EQUAL(in_child(touch_guard, (void *)(uintptr_t)&outside[i]), 128 + SIGSEGV);
	CHECK_EQUAL(in_child(touch_guard, (void *)(uintptr_t)&page), 0);
}

static void test_sizes(void)
{
	for (uint64_t bytes = 1; bytes <= 4 * PAGE; bytes += bytes < 32 ? 1 : 511) {
		struct ct_arena *arena = map(ct_arena_fd(CT_ORDINARY), (bytes + PAGE - 1) / PAGE * PAGE);
		uint64_t start, got;

		CHECK_EQUAL(ct_arena_close(arena), 0);
		arena = map(-1, bytes);
		CHECK_EQUAL(ct_arena_bounds(arena, &start, &got), 0);
		CHECK_EQUAL(got, (bytes + PAGE - 1) / PAGE * PAGE);
		CHECK_EQUAL(start % PAGE, 0);
		CHECK_EQUAL(ct_arena_close(arena), 0);
	}
}

static void test_invalid_arguments(void)
{
	struct ct_arena *arena = NULL;

	CHECK_EQUAL(ct_arena_map(-1, 0, 0, &arena), -EINVAL);
	CHECK_EQUAL(ct_arena_map(-1, UINT64_MAX, 0, &arena), -EINVAL);
	CHECK(ct_arena_map(-1, 1ull << 60, 0, &arena) < 0);
	CHECK_EQUAL(ct_arena_fd(7), -EINVAL);
	CHECK(arena == NULL);
	CHECK_EQUAL(ct_arena_close(NULL), 0);
	CHECK_EQUAL(ct_arena_detach(NULL), 0);
}

static void test_close_wipes_and_detach_does_not(void)
{
	struct ct_arena *one, *other;

	map_twice(&one, &other);
	memcpy(ct_arena_memory(one), "secret", 6);
	CHECK(memcmp(ct_arena_memory(other), "secret", 6) == 0);
	CHECK_EQUAL(ct_arena_close(one), 0);
	for (size_t i = 0; i < PAGE; i++)
		CHECK_EQUAL(((char *)ct_arena_memory(other))[i], 0);
	CHECK_EQUAL(ct_arena_close(other), 0);

	map_twice(&one, &other);
	memcpy(ct_arena_memory(one), "secret", 6);
	CHECK_EQUAL(ct_arena_detach(one), 0);
	CHECK(memcmp(ct_arena_memory(other), "secret", 6) == 0);
	CHECK_EQUAL(ct_arena_close(other), 0);
}

static void end_child(bool by_exit)
{
	struct ct_arena *one;
	int32_t fd = ct_arena_fd(CT_ORDINARY);
	int childs = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int status;
	pid_t pid;

	one = map(fd, PAGE);
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		memcpy(ct_arena_memory(map(childs, PAGE)), "secret", 6);
		if (!by_exit)
			_exit(0);
		/* The parent's arena is not mapped here (MADV_DONTFORK), but is in the list. */
		CHECK_EQUAL(ct_arena_detach(one), 0);
		exit(0);
	}
	(void)close(childs);
	(void)waitpid(pid, &status, 0);
	CHECK_EQUAL(status, 0);
	CHECK_EQUAL(memcmp(ct_arena_memory(one), "secret", 6) == 0, !by_exit);
	CHECK_EQUAL(ct_arena_close(one), 0);
}

static void test_exit_wipes(void)
{
	end_child(true);
	end_child(false); /* the control: _exit runs no destructor */
}

static void test_make_private(void)
{
	struct ct_arena *one, *other, *moved;
	void *at;
	uint64_t length;

	map_twice(&one, &other);
	CHECK_EQUAL(ct_arena_format(one), 0);
	CHECK_EQUAL(ct_arena_add(one, 6), 0);
	CHECK_EQUAL(ct_arena_block(one, 0, &at, &length), 0);
	memcpy(at, "secret", 6);
	CHECK_EQUAL(ct_arena_make_private(one, &moved), 0);
	CHECK_EQUAL(ct_arena_check(moved), 1);
	CHECK_EQUAL(ct_arena_block(moved, 0, &at, &length), 0);
	CHECK(memcmp(at, "secret", 6) == 0);
	CHECK_EQUAL(ct_arena_check(other), -EBADMSG); /* wiped */
	CHECK_EQUAL(ct_arena_close(moved), 0);
	CHECK_EQUAL(ct_arena_close(other), 0);
}

static void test_descriptor_is_always_closed(void)
{
	struct ct_arena *arena;
	int32_t fd = ct_arena_fd(CT_ORDINARY);
	int peer = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	arena = map(fd, PAGE);
	CHECK(fcntl(fd, F_GETFD) < 0);
	CHECK_EQUAL(ct_arena_fd_is_open(arena), 1);
	CHECK(ftruncate(peer, 0) < 0); /* the other process cannot remove the pages */
	CHECK_EQUAL(ct_arena_map(peer, 2 * PAGE, 0, &arena), -EINVAL);
	CHECK(fcntl(peer, F_GETFD) < 0);
	CHECK_EQUAL(ct_arena_fd_is_open(arena), 0);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

/* Makes a new file standard input. Its content must not change. */
static void set_stdin_file(const char *folder)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/arena_test.XXXXXX", folder);
	fd = mkstemp(path);

	CHECK(fd >= 0 && unlink(path) == 0);
	CHECK_EQUAL(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	(void)close(fd);
}

static void check_untouched(void)
{
	CHECK_EQUAL(lseek(STDIN_FILENO, 0, SEEK_END), 0);
}

static void make_with_faked_call(void *with)
{
	static const char program[] = "program";
	long call = *(const long *)with;

	set_stdin_file("/dev/shm");
	answer_instead(call, 0);
	CHECK_EQUAL(ct_arena_fd(call == SYS_memfd_create ? CT_ORDINARY : CT_SECRETMEM), -EBADFD);
	if (call == SYS_memfd_create)
		CHECK_EQUAL(ct_program_file(program, sizeof(program)), -EBADFD);
	check_untouched();
}

static void test_faked_success_is_an_error(void)
{
	static const long calls[] = { SYS_memfd_create, SYS_memfd_secret };

	for (size_t i = 0; i < 2; i++)
		CHECK_EQUAL(in_child(make_with_faked_call, (void *)(uintptr_t)&calls[i]), 0);
}

static void map_another_file(void *with)
{
	struct ct_arena *arena = NULL;

	set_stdin_file(with);
	CHECK_EQUAL(ct_arena_map(STDIN_FILENO, PAGE, 0, &arena), -EBADFD);
	check_untouched();
	CHECK(arena == NULL);
}

static void test_other_files_are_unchanged(void)
{
	CHECK_EQUAL(in_child(map_another_file, (void *)(uintptr_t)"/tmp"), 0);
	CHECK_EQUAL(in_child(map_another_file, (void *)(uintptr_t)"/dev/shm"), 0);
}

/* An empty file, which waits for a fetcher's job, does not belong to an arena. */
static void test_empty_secret_files_do_not_count(void)
{
	int empty = ct_arena_fd(CT_SECRETMEM);
	int fd = ct_arena_fd(CT_SECRETMEM);
	struct ct_arena *arena;

	if (fd < 0)
		return;
	arena = map(fd, PAGE);
	CHECK_EQUAL(ct_arena_fd_is_open(arena), 0);
	CHECK_EQUAL(ct_close(empty), 0);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

/* Its exit code: bits of an arena's address that its place in a page does not decide. */
static void exit_with_address(void *with)
{
	uint64_t start = 0, bytes = 0;

	(void)with;
	CHECK_EQUAL(ct_arena_bounds(map(-1, PAGE), &start, &bytes), 0);
	CHECK(start > 1ull << 32 && start < 1ull << 41);
	_exit(failures > 0 ? 255 : (int)(start / PAGE % 251));
}

static void test_random_low_addresses(void)
{
	int seen = 0, first;

	if (SANITIZED) { /* its shadow memory is there */
		puts("  only in the plain build");
		return;
	}
	first = in_child(exit_with_address, NULL);
	for (int i = 0; i < 8; i++) {
		int other = in_child(exit_with_address, NULL);

		CHECK(other < 251);
		seen += other != first;
	}
	CHECK(seen > 5);
}

static void drop_to(rlim_t locked)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	struct rlimit limit = { locked, locked };

	CHECK_EQUAL(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	CHECK_EQUAL(syscall(SYS_capset, &header, none), 0);
}

static void test_memlock_limit(void)
{
	struct ct_arena *arena = NULL;

	if (SANITIZED) { /* ASan turns mlock(2) into nothing */
		puts("  only in the plain build");
		return;
	}
	drop_to(2 * PAGE);
	CHECK_EQUAL(ct_arena_map(-1, 3 * PAGE, 0, &arena), -ENOMEM);
	CHECK_EQUAL(ct_arena_map(ct_arena_fd(CT_ORDINARY), 3 * PAGE, 0, &arena), -ENOMEM);
	CHECK_EQUAL(ct_arena_map(-1, 3 * PAGE, CT_LOCK_WANTED, &arena), 0);
	CHECK_EQUAL(ct_arena_close(arena), 0);
	CHECK_EQUAL(ct_arena_map(-1, 2 * PAGE, 0, &arena), 0);
	CHECK_EQUAL(ct_arena_close(arena), 0);
	drop_to(0);
	CHECK_EQUAL(ct_arena_map(-1, PAGE, 0, &arena), -EPERM);
}

int main(void)
{
	static const struct test tests[] = {
		{ "arenas are at random, low addresses", test_random_low_addresses }, /* first: no arena is mapped yet */
		{ "a guard page kills the process that touches it", test_guards },
		{ "sizes are rounded up to pages", test_sizes },
		{ "invalid arguments are rejected", test_invalid_arguments },
		{ "close wipes, detach does not", test_close_wipes_and_detach_does_not },
		{ "exit wipes what is still mapped", test_exit_wipes },
		{ "ct_arena_make_private moves the content and wipes the source", test_make_private },
		{ "the descriptor is always closed", test_descriptor_is_always_closed },
		{ "faked success of a system call is an error", test_faked_success_is_an_error },
		{ "another file is not resized, mapped or closed", test_other_files_are_unchanged },
		{ "empty secret files do not count as the arena's", test_empty_secret_files_do_not_count },
		{ "RLIMIT_MEMLOCK is an error except with CT_LOCK_WANTED", test_memlock_limit, forked },
	};

	return RUN(tests);
}
