/*
 * perf.c - a profiler: copies of the user's stack and registers with every sample, of one task or of a whole
 * processor.
 */
#include "attack.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch.h"

enum { PAGE = 4096, RING = 128 * PAGE, STACK = 4096, MOST_CPUS = 64, WAIT_MS = 3000, STEP_MS = 20 };

static int open_event(const struct attack *a, pid_t pid, int cpu)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
		.sample_period = 1,
		.sample_type = a->row->number ? PERF_SAMPLE_REGS_USER : PERF_SAMPLE_STACK_USER,
		.sample_stack_user = a->row->number ? 0 : STACK,
		.sample_regs_user = a->row->number ? ARCH_PERF_HELD : 0,
	};
	int fd = (int)syscall(SYS_perf_event_open, &event, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* What was there before does not count. */
static void skip(void *ring)
{
	struct perf_event_mmap_page *head = ring;

	head->data_tail = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE);
}

/* What the kernel wrote since the last time. A sample may wrap; one of the next ones does not. */
static int look(const struct attack *a, void *ring)
{
	struct perf_event_mmap_page *head = ring;
	uint64_t end = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE), size = end - head->data_tail;
	size_t from = (size_t)(head->data_tail % RING);
	size_t first = size < RING - from ? (size_t)size : RING - from;
	int result;

	if (size == 0)
		return -ENODATA;
	result = saw(a, (char *)ring + PAGE + from, first);
	if (result != LEAKED && size > first)
		result = saw(a, (char *)ring + PAGE, (size_t)size - first);
	__atomic_store_n(&head->data_tail, end, __ATOMIC_RELEASE);
	return result;
}

static int watch(const struct attack *a, void *const rings[], int count)
{
	int result = -ENODATA;

	for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		moment(STEP_MS);
		for (int i = 0; i < count; i++) {
			int found = look(a, rings[i]);

			if (found == LEAKED)
				return found;
			result = found == ALLOWED ? found : result;
		}
	}
	return result;
}

static int hold_task(struct attack *a)
{
	a->fd = open_event(a, who(a, a->row->text[0]), -1);
	if (a->fd < 0)
		return a->fd;
	a->at = mmap(NULL, PAGE + RING, PROT_READ | PROT_WRITE, MAP_SHARED, a->fd, 0);
	return a->at == MAP_FAILED ? -errno : 0;
}

static int watch_task(struct attack *a)
{
	int failed = a->at == NULL ? hold_task(a) : 0;

	if (failed == 0)
		skip(a->at);
	return failed < 0 ? failed : watch(a, &a->at, 1);
}

static int watch_processors(struct attack *a)
{
	void *rings[MOST_CPUS];
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	for (int cpu = 0; cpu < count && cpu < MOST_CPUS; cpu++) {
		int fd = open_event(a, -1, cpu);

		if (fd < 0)
			return fd;
		rings[cpu] = mmap(NULL, PAGE + RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (rings[cpu] == MAP_FAILED)
			return -errno;
	}
	return watch(a, rings, (int)count);
}

const struct row perf_rows[] = {
	{ .name = "perf_stack", .vector = "perf_task", .what = "samples of the stack", .run = watch_task, .text = "p" },
	{ .name = "perf_stack_late_child", .vector = "perf_task", .what = "a child's", .run = watch_task, .text = "l" },
	{ .name = "perf_registers", .vector = "perf_task", .what = "samples of a thread's registers", .run = watch_task,
	  .text = "t", .number = 1 },
	{ .name = "earlier_perf", .vector = "perf_task", .what = "an event opened before protection", .run = watch_task,
	  .text = "p", .hold = hold_task },
	{ .name = "perf_cpu", .vector = "perf_cpu", .what = "samples of all that runs", .run = watch_processors,
	  .flags = EVERYBODY },
	{ .name = "perf_cpu_registers", .vector = "perf_cpu", .what = "registers of all that runs",
	  .run = watch_processors, .number = 1, .flags = EVERYBODY },
	{ 0 },
};
