/*
 * fd.c - the victim's open files and mapped files, which hold the secret too; and its root, folder and executable.
 */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* text: a format for the descriptor's number. */
static int open_descriptor(struct attack *a)
{
	char name[64];
	int fd;

	if (a->row->number)
		(void)snprintf(name, sizeof(name), "task/%d/fd/%d", (int)a->target.tid, a->target.memfd);
	else
		(void)snprintf(name, sizeof(name), "fd/%d", a->target.memfd);
	fd = open_of(who(a, a->row->text[0]), name, O_RDONLY);
	return fd < 0 ? fd : saw_at(a, fd, 0);
}

static int read_info(struct attack *a)
{
	char name[64];
	int fd;

	(void)snprintf(name, sizeof(name), "fdinfo/%d", a->target.memfd);
	fd = open_of(a->target.pid, name, O_RDONLY);
	return fd < 0 ? fd : saw_file(a, fd);
}

static int open_mapped(struct attack *a)
{
	char name[80];
	int fd;

	(void)snprintf(name, sizeof(name), "map_files/%llx-%llx", a->target.shared, a->target.shared + PAGE);
	fd = open_of(a->target.pid, name, O_RDONLY);
	return fd < 0 ? fd : saw_at(a, fd, 0);
}

static int read_link(struct attack *a)
{
	char path[80], to[256];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)a->target.pid, a->row->text);
	return readlink(path, to, sizeof(to)) < 0 ? -errno : ALLOWED;
}

static int read_descriptor_link(struct attack *a)
{
	char path[80], to[256];

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)a->target.pid, a->target.memfd);
	return readlink(path, to, sizeof(to)) < 0 ? -errno : ALLOWED;
}

static int open_link(struct attack *a)
{
	int fd = open_of(a->target.pid, a->row->text, (int)a->row->number);

	return fd < 0 ? fd : ALLOWED;
}

static int list_map_files(struct attack *a)
{
	int fd = open_of(a->target.pid, "map_files", O_RDONLY | O_DIRECTORY), count = 0;
	DIR *all = fd < 0 ? NULL : fdopendir(fd);

	if (all == NULL)
		return fd < 0 ? fd : -errno;
	errno = 0;
	while (readdir(all) != NULL)
		count++;
	return count > 2 ? ALLOWED : errno != 0 ? -errno : -ENODATA;
}

#define LINK(id, says, function, path, flags) \
	{ .name = id, .vector = "proc_links", .what = says, .run = function, .text = path, .number = flags }

const struct row fd_rows[] = {
	{ .name = "fd_open", .vector = "proc_fd", .what = "a memfd by fd/N", .run = open_descriptor, .text = "p" },
	{ .name = "fd_open_task", .vector = "proc_fd", .what = "by task/TID/fd/N", .run = open_descriptor, .text = "p",
	  .number = 1 },
	{ .name = "fd_open_late_child", .vector = "proc_fd", .what = "a child's fd/N", .run = open_descriptor, .text = "l" },
	{ .name = "fd_readlink", .vector = "proc_fd", .what = "readlink of fd/N", .run = read_descriptor_link },
	{ .name = "fdinfo", .vector = "proc_fd", .what = "fdinfo/N", .run = read_info },
	{ .name = "map_files", .vector = "proc_fd", .what = "a mapped memfd by map_files", .run = open_mapped },
	{ .name = "map_files_list", .vector = "proc_fd", .what = "the list of map_files", .run = list_map_files },
	LINK("root_open", "its root, opened", open_link, "root", O_RDONLY | O_DIRECTORY),
	LINK("cwd_open", "its folder, opened", open_link, "cwd", O_RDONLY | O_DIRECTORY),
	LINK("exe_open", "its executable, opened", open_link, "exe", O_RDONLY),
	LINK("root_readlink", "where its root is", read_link, "root", 0),
	LINK("cwd_readlink", "where its folder is", read_link, "cwd", 0),
	LINK("exe_readlink", "which executable it is", read_link, "exe", 0),
	{ 0 },
};
