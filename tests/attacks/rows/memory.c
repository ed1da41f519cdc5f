/*
 * memory.c - process_vm_readv and process_vm_writev by every number; moving the victim's pages to a disk, to
 * other nodes, or away; and feared system calls that give nothing of another process.
 */
#include "../attack.h"

#include <linux/userfaultfd.h>
#include <sys/fanotify.h>
#include <sys/swap.h>

int readv_heap(struct attack *a)
{
	return saw_memory(a, process_of(a, a->row->text[0]), a->target.heap);
}

int readv_stack(struct attack *a)
{
	return saw_memory(a, a->target.pid, a->target.stack);
}

int readv_environment(struct attack *a)
{
	return saw_memory(a, a->target.pid, a->target.env);
}

/* Bytes that the victim does not use. Elsewhere they would be code pointers. */
int writev_scratch(struct attack *a)
{
	static char mark[] = "an attack was here";
	struct iovec here = { mark, sizeof(mark) }, there = { (void *)(uintptr_t)a->target.scratch, sizeof(mark) };
	ssize_t put = process_vm_writev(process_of(a, a->row->text[0]), &here, 1, &there, 1, 0);

	if (put < 0)
		return -errno;
	return put == (ssize_t)sizeof(mark) ? LEAKED : ALLOWED;
}

static long madvise_page(int pidfd, unsigned long long at, int advice)
{
	struct iovec there = { (void *)(uintptr_t)page_of(at), page_size() };

	return syscall(SYS_process_madvise, pidfd, &there, 1, advice, 0);
}

int advise(struct attack *a)
{
	return judge(madvise_page(a->fd, a->target.heap, (int)a->row->number));
}

int ask_node(struct attack *a)
{
	void *page = (void *)(uintptr_t)page_of(a->target.heap);
	int node = -1;

	return judge(syscall(SYS_move_pages, process_of(a, a->row->text[0]), 1L, &page, NULL, &node, 0));
}

int migrate(struct attack *a)
{
	unsigned long node = 1;

	return judge(syscall(SYS_migrate_pages, a->target.pid, 2L, &node, &node));
}

/* Works only on a process that is being killed. */
int release_pages(struct attack *a)
{
	if (kill(a->target.late, SIGSTOP) < 0 || kill(a->target.late, SIGKILL) < 0)
		return -errno;
	return syscall(SYS_process_mrelease, a->fd, 0) < 0 && errno != ESRCH ? -errno : ALLOWED;
}

int fault_handler(struct attack *a)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	(void)a;
	return judge(fd < 0 ? -1 : ioctl(fd, UFFDIO_API, &api));
}

int watch_files(struct attack *a)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);

	return judge(fd < 0 ? -1 : fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_ACCESS, AT_FDCWD, a->target.cwd));
}

/* ---- a swap area of the attacker's, on an empty disk or zram of a disposable machine ---- */

enum { BEGIN = 1 << 17, SETTLE_MS = 500, VERSION_AT = 1024, TRIES = 60, TRY_MS = 7 };
#define SIZE (32u << 20)
#define MARK "attacks: a swap area"

/* Empty at its beginning, or marked by an earlier attack. A file system is neither. */
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

/* Writes what mkswap writes, and zeroes over what an earlier attack left. */
static int make_area(int fd)
{
	static unsigned char page[MOST_PAGE];
	const size_t size = page_size();
	const uint32_t words[3] = { 1, (uint32_t)(SIZE / size) - 1, 0 }; /* version, last page, bad pages */

	for (size_t at = size; at < SIZE; at += size)
		if (pwrite(fd, page, size, (off_t)at) != (ssize_t)size)
			return -errno;
	memcpy(page, MARK, sizeof(MARK));
	memcpy(page + VERSION_AT, words, sizeof(words));
	memcpy(page + size - 10, "SWAPSPACE2", 10);
	return pwrite(fd, page, size, 0) == (ssize_t)size && fsync(fd) == 0 ? 0 : -errno;
}

static const char *find_area(void)
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

/* The stack, because one process cannot push out what its children share. */
static int push_out(const struct attack *a)
{
	int pidfd = open_pidfd(a->target.pid, 0), failed = 0;

	for (int i = 0; i < TRIES && failed == 0; i++) {
		if (madvise_page(pidfd, a->target.stack, MADV_PAGEOUT) < 0)
			failed = -errno;
		pause_ms(TRY_MS);
	}
	return failed;
}

/* memory.reclaim of cgroup2 would do it too, but chooses other pages each time. */
int read_swap(struct attack *a)
{
	const char *device = find_area();
	int fd = device == NULL ? -ENODEV : open_path(device, O_RDWR), result;

	if (fd < 0)
		return not_here(a, "no disk for a swap area");
	result = make_area(fd);
	if (result < 0 || swapon(device, 0) < 0)
		return result < 0 ? result : errno == EPERM ? -EPERM : not_here(a, "no swap");
	result = push_out(a);
	pause_ms(SETTLE_MS);
	if (result == 0 && fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0)
		result = lseek(fd, 0, SEEK_SET) < 0 ? -errno : saw_file(a, fd);
	(void)swapoff(device);
	return result;
}
