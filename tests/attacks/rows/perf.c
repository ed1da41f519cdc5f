/*
 * perf.c - a profiler: copies of the stack and registers with every sample, of one task or of a whole processor.
 */
#include "../attack.h"

#include <linux/perf_event.h>

#define RING (128 * page_size())

enum { STACK = 4096, MOST_CPUS = 64, WAIT_MS = 3000, STEP_MS = 20 };

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

/* Samples from before protection do not count. */
static void skip(void *ring)
{
	struct perf_event_mmap_page *head = ring;

	head->data_tail = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE);
}

/* Samples since the last look. One that wraps is missed; a later one is not. */
static int look(const struct attack *a, void *ring)
{
	struct perf_event_mmap_page *head = ring;
	uint64_t end = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE), size = end - head->data_tail;
	size_t from = (size_t)(head->data_tail % RING);
	size_t first = size < RING - from ? (size_t)size : RING - from;
	int result;

	if (size == 0)
		return -ENODATA;
	result = saw(a, (char *)ring + page_size() + from, first);
	if (result != LEAKED && size > first)
		result = saw(a, (char *)ring + page_size(), (size_t)size - first);
	__atomic_store_n(&head->data_tail, end, __ATOMIC_RELEASE);
	return result;
}

static int watch(const struct attack *a, void *const rings[], int count)
{
	int result = -ENODATA;

	for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		pause_ms(STEP_MS);
		for (int i = 0; i < count; i++) {
			int found = look(a, rings[i]);

			if (found == LEAKED)
				return found;
			result = found == ALLOWED ? found : result;
		}
	}
	return result;
}

int open_task_event(struct attack *a)
{
	a->fd = open_event(a, process_of(a, a->row->text[0]), -1);
	if (a->fd < 0)
		return a->fd;
	a->at = mmap(NULL, page_size() + RING, PROT_READ | PROT_WRITE, MAP_SHARED, a->fd, 0);
	return a->at == MAP_FAILED ? -errno : 0;
}

int watch_task(struct attack *a)
{
	skip(a->at);
	return watch(a, &a->at, 1);
}

int watch_processors(struct attack *a)
{
	void *rings[MOST_CPUS];
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	for (int cpu = 0; cpu < count && cpu < MOST_CPUS; cpu++) {
		int fd = open_event(a, -1, cpu);

		if (fd < 0)
			return fd;
		rings[cpu] = mmap(NULL, page_size() + RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (rings[cpu] == MAP_FAILED)
			return -errno;
	}
	return watch(a, rings, (int)count);
}
