/*
 * programs.c - ELF files and scripts that the interposer inspects. The file is the input: its system calls are
 * replaced, so that no file of this machine is opened.
 */
#include "fuzz.h"

#include "raw.h"

#include <elf.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <string.h>

static const uint8_t *file;
static size_t file_length;
static int open_files;

static long fuzz_read_at(long fd, void *into, size_t length, uint64_t at)
{
	size_t left = at < file_length ? file_length - (size_t)at : 0;

	MUST(fd == 3);
	if ((int64_t)at < 0)
		return -22; /* EINVAL, as pread(2) */
	length = length < left ? length : left;
	if (length > 0)
		memcpy(into, file + at, length);
	return (long)length;
}

static long fuzz_call(long number, long a, long b, long c, long d, long e, long f)
{
	(void)(a + c + d + f);
	switch (number) {
	case __NR_openat:
		MUST(strlen((const char *)b) < 256);
		open_files++;
		return 3; /* every path is this file */
	case __NR_statx:
		((struct statx *)e)->stx_mode = 0100755;
		((struct statx *)e)->stx_ino = 1;
		return 0;
	case __NR_fgetxattr:
		return -61; /* ENODATA */
	default:
		MUST(number == __NR_close);
		open_files--;
		return 0;
	}
}

#define ct_call(number, a, b, c, d, e, f) \
	fuzz_call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define ct_read_at fuzz_read_at
#include "interposer/musl.c"
#undef START
#include "interposer/target.c"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	char loader[CT_LOADER_BYTES] = "";
	struct ct_file only = { 0, 1 };
	enum ct_target verdict;

	file = input;
	file_length = length;
	verdict = ct_inspect_target("program", loader, NULL);
	MUST(verdict <= CT_TARGET_LD && open_files == 0);
	/* A program that can be interposed has a loader in the file, with its NUL. */
	if (verdict == CT_TARGET_ABLE)
		MUST(loader[0] != '\0' && memmem(input, length, loader, strlen(loader) + 1) != NULL);
	MUST(ct_inspect_target_fd(3, NULL) == verdict || (length > 2 && input[0] == '#'));
	(void)ct_inspect_target_fd(3, &only);
	MUST(open_files == 0);
	return 0;
}
