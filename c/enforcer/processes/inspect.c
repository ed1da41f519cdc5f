/*
 * inspect.c - see inspect.h. The programs are pinned beside the maps, because the lock prevents loading them again.
 */
#include "inspect.h"

#include "enforcer/programs/diagnostics.h"
#include "enforcer/programs/kernel.h"
#include "enforcer/programs/links.h"
#include "enforcer/programs/load.h"
#include "enforcer/programs/pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum program { LOCATE, INSPECT, ADD_CHILD, REMOVE_ENDED, NOTE_LIST, NOTE_MAPPED, LISTENER, PROGRAMS };

static const char *const names[PROGRAMS] = { "locate_agent", "inspect_thread", "add_existing_child",
					    "remove_ended_process", "note_list", "note_mapped", "find_listener" };
static int fds[PROGRAMS] = { -1, -1, -1, -1, -1, -1, -1 };

static bool path_of(int program, char ret_path[PINS_PATH])
{
	if (pins_root() == NULL)
		return false;
	(void)snprintf(ret_path, PINS_PATH, "%s/%s", pins_maps_folder(), names[program]);
	return true;
}

static bool adopt(void)
{
	char path[PINS_PATH];

	for (int i = 0; i < PROGRAMS; i++)
		if (path_of(i, path))
			fds[i] = bpf_obj_get(path);
	/*
	 * An older enforcer may have locked the node without the other programs; then ended processes stay in the
	 * table.
	 */
	return fds[LOCATE] >= 0 && fds[INSPECT] >= 0 && fds[ADD_CHILD] >= 0;
}

static void keep_program(const struct bpf_object *object, int program)
{
	const struct bpf_program *loaded = bpf_object__find_program_by_name(object, names[program]);
	char path[PINS_PATH];

	if (loaded == NULL || bpf_program__fd(loaded) < 0)
		return;
	fds[program] = fcntl(bpf_program__fd(loaded), F_DUPFD_CLOEXEC, 0);
	if (fds[program] >= 0 && path_of(program, path)) {
		(void)unlink(path); /* of an earlier generation */
		(void)bpf_obj_pin(fds[program], path);
	}
}

/* This check happens at registration, whatever backend is active. */
static void claim_program(const struct enforce_report *report)
{
	for (uint8_t backend = 0; backend < CT_BACKENDS && fds[LISTENER] >= 0; backend++)
		if (report->backends[backend].state == ENFORCE_PASSED)
			links_claim(backend, names[LISTENER]);
}

void inspect_open(const struct ct_config *config, struct enforce_report *report)
{
	struct bpf_object *loaded;
	char reason[ENFORCE_TEXT];

	if (report->irrevocable && adopt()) {
		claim_program(report);
		return;
	}
	if (!report->irrevocable && load_object(&inspect_object, config, report, &loaded, reason) == 0) {
		for (int i = 0; i < PROGRAMS; i++)
			keep_program(loaded, i);
		bpf_object__close(loaded);
	}
	claim_program(report);
	if (fds[ADD_CHILD] < 0)
		diagnostics_note(report, "cannot protect existing children, so processes with children cannot register; wrappers have some "
				 "and get no points (an effect of lockdown=confidentiality)");
}

void inspect_close(void)
{
	for (int i = 0; i < PROGRAMS; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
		fds[i] = -1;
	}
}

/* The program's return value, or 0 without the program. */
static uint32_t run(int program, __u64 first, __u64 second, __u64 third)
{
	__u64 arguments[12] = { first, second, third };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = arguments, .ctx_size_in = sizeof(arguments));

	return fds[program] >= 0 && bpf_prog_test_run_opts(fds[program], &options) == 0 ? options.retval : 0;
}

void inspect_locate_agent(void)
{
	(void)run(LOCATE, 0, 0, 0);
}

bool inspect_has_perf(pid_t thread)
{
	return run(INSPECT, (__u64)thread, 0, 0) == 1;
}

int inspect_listener(pid_t thread)
{
	uint32_t answer = run(LISTENER, (__u64)thread, 0, 0);

	return answer == 0 ? -ENOTSUP : answer == 1;
}

bool inspect_can_add(void)
{
	return fds[ADD_CHILD] >= 0;
}

uint32_t inspect_add_child(pid_t child, pid_t parent)
{
	return run(ADD_CHILD, (__u64)child, (__u64)parent, 0);
}

void inspect_remove_child(pid_t child)
{
	(void)run(ADD_CHILD, (__u64)child, 0, 1);
}

void inspect_remove_ended(pid_t pid, uint64_t start)
{
	(void)run(REMOVE_ENDED, (__u64)pid, start, 0);
}

/* Reading the iterator runs the program for each mapping. It produces no output. */
static int run_to_end(int link)
{
	int iterator = bpf_iter_create(link), result;
	char none[1];

	if (iterator < 0)
		return iterator;
	do
		result = read(iterator, none, sizeof(none)) < 0 ? -errno : 0;
	while (result == -EAGAIN); /* more mappings remain */
	(void)close(iterator);
	return result;
}

static int note_mapped(pid_t pid)
{
	union bpf_iter_link_info one = { .task.tid = (__u32)pid };
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &one, .iter_info_len = sizeof(one));
	int link, result;

	if (fds[NOTE_MAPPED] < 0 || !kernel_is_since(6, 1))
		return -ENOTSUP;
	link = bpf_link_create(fds[NOTE_MAPPED], 0, BPF_TRACE_ITER, &options);
	if (link < 0)
		return link == -ESRCH ? 0 : -ENOTSUP;
	result = run_to_end(link);
	(void)close(link);
	return result < 0 ? -ENOTSUP : 0;
}

int inspect_note_code(pid_t pid)
{
	/* An older enforcer may have locked the node without guarding code. */
	if (!links_has_program(CT_BACKEND_LSM, "mmap_file") && !links_has_program(CT_BACKEND_FMOD, "mmap_file"))
		return 0;
	return run(NOTE_LIST, (__u64)pid, 0, 0) == 1 ? 0 : note_mapped(pid);
}
