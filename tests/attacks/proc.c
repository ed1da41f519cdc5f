/*
 * proc.c - the files of /proc/PID that tell of a process: a table.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* struct procmap_query and struct pm_scan_arg: newer than our headers. */
struct map_query {
	uint64_t size, flags, address, start, end, map_flags, page_size, offset, inode;
	uint32_t major, minor, name_size, build_id_size;
	uint64_t name, build_id;
};
struct page_scan {
	uint64_t size, flags, start, end, walk_end, regions, regions_length, most, inverted, all, any, give;
};
#define QUERY_MAP _IOWR('f', 17, struct map_query)
#define SCAN_PAGES _IOWR('f', 16, struct page_scan)

enum { PAGE = 4096, QUERY_COVERING_OR_NEXT = 0x10, PAGE_IS_PRESENT = 1 << 3 };

/* text: whose ('p', 't', 'c', 'l'), a colon, a path with at most one @ for a thread's number. */
static int open_one(const struct attack *a, int flags)
{
	const char *path = a->row->text + 2, *at = strchr(path, '@');
	char name[80];

	if (at == NULL)
		(void)snprintf(name, sizeof(name), "%s", path);
	else
		(void)snprintf(name, sizeof(name), "%.*s%d%s", (int)(at - path), path, (int)a->target.tid, at + 1);
	return open_of(who(a, a->row->text[0]), name, flags);
}

static int read_one(struct attack *a)
{
	int fd = open_one(a, O_RDONLY);

	return fd < 0 ? fd : saw_file(a, fd);
}

/* The same text again where there is one, or the number. */
static int write_one(struct attack *a)
{
	char text[32] = "";
	int fd = open_one(a, O_WRONLY);

	if (fd < 0)
		return fd;
	(void)snprintf(text, sizeof(text), "%ld", a->row->number);
	return write(fd, text, strlen(text)) < 0 ? -errno : ALLOWED;
}

static int read_elsewhere(struct attack *a)
{
	char path[80];
	int fd = mount_own("proc");

	if (fd < 0)
		return fd;
	(void)snprintf(path, sizeof(path), OWN_MOUNT "/%d/%s", (int)a->target.pid, a->row->text);
	fd = open_path(path, O_RDONLY);
	return fd < 0 ? fd : saw_file(a, fd);
}

static int read_relative(struct attack *a)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)a->target.pid, (int)a->target.tid);
	if (chdir(path) < 0)
		return -errno;
	fd = open_path(a->row->text, O_RDONLY);
	return fd < 0 ? fd : saw_file(a, fd);
}

static int query_map(struct attack *a)
{
	struct map_query query = { .size = sizeof(query), .flags = QUERY_COVERING_OR_NEXT };
	int fd = open_one(a, O_RDONLY);

	if (fd < 0)
		return fd;
	if (ioctl(fd, QUERY_MAP, &query) < 0)
		return errno == ENOTTY ? not_here(a, "no PROCMAP_QUERY") : -errno;
	return query.end > 0 ? ALLOWED : -ENODATA;
}

static int scan_pages(struct attack *a)
{
	uint64_t region[3] = { 0 };
	struct page_scan scan = { .size = sizeof(scan), .start = a->target.heap & ~(PAGE - 1ULL), .regions_length = 1,
				  .regions = (uintptr_t)region, .any = PAGE_IS_PRESENT, .give = PAGE_IS_PRESENT };
	int fd = open_one(a, O_RDONLY);

	if (fd < 0)
		return fd;
	scan.end = scan.start + PAGE;
	if (ioctl(fd, SCAN_PAGES, &scan) < 0)
		return errno == ENOTTY ? not_here(a, "no PAGEMAP_SCAN") : -errno;
	return region[1] > 0 ? ALLOWED : -ENODATA;
}

/* Where in the machine's memory the page is; without the right to know, zero. */
static int find_frame(struct attack *a)
{
	uint64_t entry = 0;
	int fd = open_one(a, O_RDONLY);

	if (fd < 0)
		return fd;
	if (pread(fd, &entry, sizeof(entry), (off_t)(a->target.heap / PAGE * sizeof(entry))) < 0)
		return -errno;
	return (entry & ((1ULL << 55) - 1)) != 0 ? ALLOWED : -EPERM;
}

#define READ(id, of, says, path) { .name = id, .vector = of, .what = says, .run = read_one, .text = path }

const struct row proc_rows[] = {
	READ("environ", "proc_environ", "/proc/PID/environ", "p:environ"),
	READ("environ_task", "proc_environ", "task/TID/environ", "p:task/@/environ"),
	READ("environ_thread", "proc_environ", "/proc/TID/environ", "t:environ"),
	READ("environ_child", "proc_environ", "of a child made before protection", "c:environ"),
	READ("environ_late_child", "proc_environ", "of a child made after it", "l:environ"),
	READ("environ_root", "proc_environ", "through /proc/PID/root", "p:root/proc/@/environ"),
	{ .name = "environ_relative", .vector = "proc_environ", .what = "from the folder of a thread", .run = read_relative,
	  .text = "environ" },
	{ .name = "environ_other_procfs", .vector = "proc_environ", .what = "through a procfs mounted elsewhere",
	  .run = read_elsewhere, .text = "environ", .flags = MOUNTS },
	READ("cmdline", "proc_cmdline", "/proc/PID/cmdline", "p:cmdline"),
	READ("cmdline_task", "proc_cmdline", "task/TID/cmdline", "p:task/@/cmdline"),
	READ("cmdline_late_child", "proc_cmdline", "of a child made after protection", "l:cmdline"),
	{ .name = "cmdline_relative", .vector = "proc_cmdline", .what = "from the folder of a thread", .run = read_relative,
	  .text = "cmdline" },
	{ .name = "cmdline_other_procfs", .vector = "proc_cmdline", .what = "through a procfs mounted elsewhere",
	  .run = read_elsewhere, .text = "cmdline", .flags = MOUNTS },
	READ("maps", "proc_maps", "addresses", "p:maps"),
	READ("maps_task", "proc_maps", "task/TID/maps", "p:task/@/maps"),
	READ("smaps", "proc_maps", "addresses and sizes", "p:smaps"),
	READ("smaps_rollup", "proc_maps", "sizes", "p:smaps_rollup"),
	READ("numa_maps", "proc_maps", "addresses and nodes", "p:numa_maps"),
	READ("auxv", "proc_maps", "addresses of the executable and of random bytes", "p:auxv"),
	{ .name = "map_query", .vector = "proc_maps", .what = "PROCMAP_QUERY on maps", .run = query_map, .text = "p:maps" },
	{ .name = "pagemap", .vector = "proc_pagemap", .what = "the frame of the heap's page", .run = find_frame,
	  .text = "p:pagemap" },
	{ .name = "pagemap_task", .vector = "proc_pagemap", .what = "by task/TID", .run = find_frame,
	  .text = "p:task/@/pagemap" },
	{ .name = "pagemap_scan", .vector = "proc_pagemap", .what = "PAGEMAP_SCAN", .run = scan_pages, .text = "p:pagemap" },
	{ .name = "clear_refs", .vector = "proc_pagemap", .what = "which pages it uses: 1 to clear_refs", .run = write_one,
	  .text = "p:clear_refs", .number = 1 },
	READ("stack", "proc_state", "the kernel's stack", "p:stack"),
	READ("stack_thread", "proc_state", "a thread's", "p:task/@/stack"),
	READ("syscall", "proc_state", "arguments, stack and instruction pointer", "p:syscall"),
	READ("syscall_thread", "proc_state", "a thread's", "t:syscall"),
	READ("io", "proc_state", "what it read and wrote", "p:io"),
	READ("personality", "proc_state", "personality", "p:personality"),
	{ .name = "coredump_filter", .vector = "proc_state", .what = "0xff to coredump_filter", .run = write_one,
	  .text = "p:coredump_filter", .number = 255 },
	{ 0 },
};
