/*
 * page.c - moving the victim's pages about: to the disk, to other nodes, into nothing. And system calls that are
 * feared and give nothing of another's.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arch.h"

#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

enum { PAGE = 4096 };

static int advise(struct attack *a)
{
	struct iovec there = { (void *)(uintptr_t)(a->target.heap & ~(PAGE - 1ULL)), PAGE };
	int fd = open_pidfd(a->target.pid, 0);

	if (fd < 0)
		return fd;
	return syscall(SYS_process_madvise, fd, &there, 1, (int)a->row->number, 0) < 0 ? -errno : ALLOWED;
}

static int ask_node(struct attack *a)
{
	void *page = (void *)(uintptr_t)(a->target.heap & ~(PAGE - 1ULL));
	int node = -1;

	return syscall(SYS_move_pages, who(a, a->row->text[0]), 1L, &page, NULL, &node, 0) < 0 ? -errno : ALLOWED;
}

static int migrate(struct attack *a)
{
	unsigned long node = 1;

	return syscall(SYS_migrate_pages, a->target.pid, 2L, &node, &node) < 0 ? -errno : ALLOWED;
}

/* Only of a process that is being killed. */
static int release(struct attack *a)
{
	int fd = open_pidfd(a->target.late, 0);

	if (fd < 0 || kill(a->target.late, SIGSTOP) < 0 || kill(a->target.late, SIGKILL) < 0)
		return fd < 0 ? fd : -errno;
	if (syscall(SYS_process_mrelease, fd, 0) < 0 && errno != ESRCH)
		return -errno;
	return ALLOWED;
}

static int fault_handler(struct attack *a)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	(void)a;
	return fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 ? -errno : ALLOWED;
}

static int watch_files(struct attack *a)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);

	if (fd < 0)
		return -errno;
	return fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_ACCESS, AT_FDCWD, a->target.cwd) < 0 ? -errno : ALLOWED;
}

#define MOVE(id, says, function, whose, how) \
	{ .name = id, .vector = "page_move", .what = says, .run = function, .text = whose, .number = how }

const struct row page_rows[] = {
	MOVE("madvise_pageout", "process_madvise: to the swap with it", advise, "p", MADV_PAGEOUT),
	MOVE("madvise_cold", "process_madvise: cold", advise, "p", MADV_COLD),
	MOVE("move_pages", "which node a page is on", ask_node, "p", 0),
	MOVE("move_pages_thread", "by a thread's number", ask_node, "t", 0),
	MOVE("migrate_pages", "to another node", migrate, "p", 0),
	{ .name = "userfaultfd", .vector = "foreign_memory", .what = "a handler of page faults: only of our own",
	  .run = fault_handler },
	{ .name = "fanotify", .vector = "foreign_memory", .what = "what is opened in the victim's folder", .run = watch_files },
	{ .name = "process_mrelease", .vector = "foreign_memory", .what = "a dying child's pages, given back",
	  .run = release, .flags = ENDS_VICTIM },
	{ 0 },
};
