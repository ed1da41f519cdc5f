/*
 * own_process_test.c - argument and environment blocks, wiping, and hardening. It executes itself to get an environment
 * with known bytes.
 */
#include "check.h"

#include "ct.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static char *const CANARY = (char *)(uintptr_t)"TOKEN=hvs.\xff\x01" "canary";

static bool holds(const char *block, size_t length, const char *text, size_t size)
{
	for (size_t i = 0; i + size <= length; i++)
		if (memcmp(block + i, text, size) == 0)
			return true;
	return false;
}

static bool environ_file_holds(const char *text)
{
	static char block[65536];
	int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, block, sizeof(block));

	(void)close(fd);
	return length > 0 && holds(block, (size_t)length, text, strlen(text));
}

static void test_blocks_are_the_kernels(void)
{
	struct ct_exec_blocks blocks;
	const char *args, *env;

	/* The name contains the character that usually ends it. */
	CHECK_EQUAL(prctl(PR_SET_NAME, ") S 1 (x) 2", 0L, 0L, 0L), 0);
	CHECK_EQUAL(ct_exec_blocks(&blocks), 0);
	args = (const char *)(uintptr_t)blocks.arg_start;
	env = (const char *)(uintptr_t)blocks.env_start;
	CHECK_EQUAL(blocks.arg_end - blocks.arg_start, sizeof("a b\0c"));
	CHECK(memcmp(args, "a b\0c", sizeof("a b\0c")) == 0);
	CHECK_EQUAL(blocks.env_end - blocks.env_start, strlen(CANARY) + 1 + sizeof("A=") + sizeof("CT_MAY_LACK=x"));
	CHECK(memcmp(env, CANARY, strlen(CANARY) + 1) == 0);
}

static void test_wiped_there_is_wiped_in_proc(void)
{
	struct ct_exec_blocks blocks;

	CHECK_EQUAL(ct_exec_blocks(&blocks), 0);
	CHECK(environ_file_holds("canary"));
	CHECK_EQUAL(ct_wipe((char *)(uintptr_t)blocks.env_start, strlen(CANARY)), 0);
	CHECK(!environ_file_holds("canary"));
	CHECK(environ_file_holds("A="));
	CHECK_EQUAL(ct_wipe(NULL, 0), 0);
}

static void test_harden(void)
{
	struct rlimit core;

	CHECK_EQUAL(ct_harden(0), 0);
	CHECK_EQUAL(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), 1);
	CHECK_EQUAL(ct_harden(CT_NO_DUMP), 0);
	CHECK_EQUAL(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), 0);
	CHECK_EQUAL(getrlimit(RLIMIT_CORE, &core), 0);
	CHECK_EQUAL(core.rlim_cur, core.rlim_max < 1 ? core.rlim_max : 1);
	CHECK_EQUAL(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L), 0);
	CHECK_EQUAL(ct_harden(CT_NO_NEW_PRIVS | CT_SUBREAPER), 0);
	CHECK_EQUAL(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L), 1);
	int reaper = 0;
	CHECK_EQUAL(prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0L, 0L, 0L), 0);
	CHECK_EQUAL(reaper, 1);
}

#define DEEP (512u << 10)
#define SHALLOW (64u << 10)

__attribute__((noinline)) static void use_stack(void)
{
	volatile char deep[DEEP];

	for (size_t i = 0; i < sizeof(deep); i += 1024)
		deep[i] = 'x';
}

/* Pages of the stack below us that are in memory. */
static int count_dead_pages(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(page - 1);
	unsigned char resident[DEEP / 4096];
	size_t pages = (DEEP - SHALLOW) / page;
	int count = 0;

	CHECK_EQUAL(mincore((void *)(here - DEEP), pages * page, resident), 0);
	for (size_t i = 0; i < pages; i++)
		count += resident[i] & 1;
	return count;
}

static void test_trim_drops_the_dead_stack(void)
{
	char living[1024];

	memset(living, 'l', sizeof(living));
	use_stack();
	CHECK(count_dead_pages() > (int)((DEEP - SHALLOW) / PAGE * 9 / 10));
	CHECK_EQUAL(ct_trim(), 0);
	CHECK_EQUAL(count_dead_pages(), 0);
	for (size_t i = 0; i < sizeof(living); i++)
		CHECK(living[i] == 'l');
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "ct_exec_blocks returns the blocks from execve", test_blocks_are_the_kernels },
		{ "wiping the block wipes /proc/self/environ", test_wiped_there_is_wiped_in_proc },
		{ "hardening is in force", test_harden, forked },
		{ "ct_trim drops the stack that is not in use", test_trim_drops_the_dead_stack },
	};
	char *const args[] = { (char *)(uintptr_t)"a b", (char *)(uintptr_t)"c", NULL };
	char *const env[] = { CANARY, (char *)(uintptr_t)"A=", (char *)(uintptr_t)"CT_MAY_LACK=x", NULL };

	if (argc == 2 && strcmp(argv[0], "a b") == 0)
		return RUN(tests);
	(void)execve("/proc/self/exe", args, env);
	return 2;
}
