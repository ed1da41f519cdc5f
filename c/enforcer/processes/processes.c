/*
 * processes.c - see processes.h.
 */
#include "processes.h"

#include "inspect.h"
#include "maps.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_FIELD 22 /* of proc_pid_stat(5) */
#define CHECKED_PER_ROUND 256 /* about 10 us each */

static int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, text, size - 1);
	(void)close(fd);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	return 0;
}

/* Start time in ticks. The name in the second field may contain brackets. */
static int read_start(pid_t pid, __u64 *ret_start)
{
	char path[40], text[1024];
	char *at;
	int result;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	result = read_file(path, text, sizeof(text));
	if (result < 0)
		return result == -ENOENT ? -ESRCH : result;
	at = strrchr(text, ')');
	for (int field = 2; at != NULL && field < START_FIELD; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return -ESRCH;
	*ret_start = strtoull(at + 1, NULL, 10);
	return 0;
}

static int put(pid_t pid, const struct ct_process *process)
{
	__u32 key = (__u32)pid;

	return bpf_map_update_elem(maps_fd(MAP_PROCESSES), &key, process, BPF_ANY);
}

static int new_tree(uint32_t *ret_tree)
{
	struct ct_state state;
	int result = maps_read_state(&state);

	if (result < 0)
		return result;
	do
		state.next_tree++;
	while (state.next_tree == 0 || state.next_tree == CT_AGENT_TREE);
	*ret_tree = state.next_tree;
	return maps_write_state(&state);
}

int processes_add(pid_t pid, uint32_t *ret_tree)
{
	struct ct_process process = { .root = (__u32)pid };
	struct ct_tree tree = { .count = 1, .root = (__u32)pid };
	__u64 start;
	int result = read_start(pid, &start);

	if (result == 0)
		result = new_tree(&process.tree);
	if (result < 0)
		return result;
	process.start = start;
	result = bpf_map_update_elem(maps_fd(MAP_TREES), &process.tree, &tree, BPF_NOEXIST);
	if (result < 0)
		return result;
	result = put(pid, &process);
	if (result < 0) {
		(void)bpf_map_delete_elem(maps_fd(MAP_TREES), &process.tree);
		return result;
	}
	*ret_tree = process.tree;
	return 0;
}

int processes_add_agent(pid_t pid)
{
	struct ct_process process = { .tree = CT_AGENT_TREE, .root = (__u32)pid };
	__u64 start;
	int result = read_start(pid, &start);

	process.start = start;
	return result < 0 ? result : put(pid, &process);
}

uint32_t processes_tree_of(pid_t pid)
{
	__u32 key = (__u32)pid;
	struct ct_process process;
	__u64 start;

	if (read_start(pid, &start) < 0 ||
	    bpf_map_lookup_elem(maps_fd(MAP_PROCESSES), &key, &process) < 0)
		return 0;
	return process.start == start ? process.tree : 0;
}

void processes_remove(pid_t pid)
{
	__u32 key = (__u32)pid;
	struct ct_process process;

	if (bpf_map_lookup_elem(maps_fd(MAP_PROCESSES), &key, &process) < 0)
		return;
	(void)bpf_map_delete_elem(maps_fd(MAP_PROCESSES), &key);
	(void)bpf_map_delete_elem(maps_fd(MAP_TREES), &process.tree);
}

static bool has_ended(pid_t pid, uint64_t began)
{
	__u64 start;
	int result = read_start(pid, &start);

	return result == -ESRCH || (result == 0 && start != began);
}

void processes_remove_ended(void)
{
	static __u32 at; /* next key; 0: start over */
	int table = maps_fd(MAP_PROCESSES);
	bool more = at != 0 || bpf_map_get_next_key(table, NULL, &at) == 0;

	for (int i = 0; more && i < CHECKED_PER_ROUND; i++) {
		__u32 pid = at;
		struct ct_process process;

		more = bpf_map_get_next_key(table, &pid, &at) == 0; /* while this entry is still there to continue from */
		if (bpf_map_lookup_elem(table, &pid, &process) == 0 && has_ended((pid_t)pid, process.start))
			inspect_remove_ended((pid_t)pid, process.start);
	}
	if (!more)
		at = 0;
}

void processes_note_code(void)
{
	const __u32 *previous = NULL;
	__u32 key, next;

	for (; bpf_map_get_next_key(maps_fd(MAP_PROCESSES), previous, &next) == 0; previous = &key) {
		key = next;
		(void)inspect_note_code((pid_t)key);
	}
}

void processes_count(uint32_t *ret_processes, uint32_t *ret_trees)
{
	struct ct_tree tree;
	__u32 key, next;
	const __u32 *previous = NULL;

	*ret_processes = *ret_trees = 0;
	while (bpf_map_get_next_key(maps_fd(MAP_TREES), previous, &next) == 0) {
		if (bpf_map_lookup_elem(maps_fd(MAP_TREES), &next, &tree) == 0) {
			*ret_processes += tree.count;
			++*ret_trees;
		}
		key = next;
		previous = &key;
	}
}

/* A number in /proc/PID/task/TID/status. 0: none, or the thread has ended. */
static long read_status(pid_t pid, pid_t thread, const char *name)
{
	char path[80], text[2048];
	const char *line;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, thread);
	if (read_file(path, text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, name);
	return line == NULL ? 0 : strtol(line + strlen(name), NULL, 10);
}

static int check_thread(pid_t pid, pid_t thread, void *unused)
{
	int listener;

	(void)unused;
	if (read_status(pid, thread, "\nTracerPid:") != 0 || inspect_has_perf(thread))
		return -EBUSY;
	if (read_status(pid, thread, "\nSeccomp:") != SECCOMP_MODE_FILTER)
		return 0;
	listener = inspect_listener(thread);
	if (listener < 0)
		return -ENODATA;
	return listener > 0 ? -EALREADY : 0;
}

int processes_check_observers(pid_t pid)
{
	return processes_each_thread(pid, check_thread, NULL);
}

int processes_each_thread(pid_t pid, int (*visit)(pid_t pid, pid_t thread, void *context), void *context)
{
	char path[40];
	struct dirent *entry;
	int result = 0;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder != NULL && result == 0 && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			result = visit(pid, (pid_t)strtol(entry->d_name, NULL, 10), context);
	if (folder != NULL)
		(void)closedir(folder);
	return result;
}
