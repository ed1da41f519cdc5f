/*
 * earlier.c - descriptors opened before protection began, read afterwards. In one go they show that it works.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch.h"
#include "digest.h"

enum { I386_READ = 3 };

static int hold_file(struct attack *a)
{
	a->fd = open_of(a->target.pid, a->row->text, (int)a->row->number);
	return a->fd < 0 ? a->fd : 0;
}

static int hold_child(struct attack *a)
{
	a->fd = open_of(a->target.child, a->row->text, (int)a->row->number);
	return a->fd < 0 ? a->fd : 0;
}

static int read_memory(struct attack *a)
{
	return saw_at(a, a->fd, a->target.heap);
}

static int read_text(struct attack *a)
{
	return saw_file(a, a->fd);
}

static int read_pagemap(struct attack *a)
{
	uint64_t entry = 0;
	ssize_t got = pread(a->fd, &entry, sizeof(entry), (off_t)(a->target.heap / 4096 * sizeof(entry)));

	if (got <= 0)
		return got < 0 ? -errno : -ENODATA;
	return ALLOWED;
}

static int read_int80(struct attack *a)
{
	static unsigned char low[DIGEST_MOST];
	long got;

	if (lseek(a->fd, (off_t)a->target.heap, SEEK_SET) < 0)
		return -errno;
	got = arch_int80(I386_READ, a->fd, (long)low, (long)a->target.length, 0, 0, 0);
	if (got <= 0)
		return got < 0 ? (int)got : -ENODATA;
	return saw(a, low, (size_t)got);
}

static int write_memory(struct attack *a)
{
	ssize_t put = pwrite(a->fd, "here", 4, (off_t)a->target.scratch);

	if (put <= 0)
		return put < 0 ? -errno : -ENODATA;
	return LEAKED;
}

static int write_one(struct attack *a)
{
	return write(a->fd, "1", 1) == 1 ? ALLOWED : -errno;
}

static int enter(struct attack *a)
{
	return setns(a->fd, 0) < 0 ? -errno : ALLOWED;
}

/* In flight between two sockets while protection begins. */
static int hold_in_flight(struct attack *a)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *passed = CMSG_FIRSTHDR(&message);
	int pair[2], failed = hold_file(a);

	if (failed < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return failed < 0 ? failed : -errno;
	passed->cmsg_level = SOL_SOCKET;
	passed->cmsg_type = SCM_RIGHTS;
	passed->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(passed), &a->fd, sizeof(int));
	if (sendmsg(pair[0], &message, 0) < 0)
		return -errno;
	(void)close(a->fd);
	a->fd = pair[1];
	return 0;
}

static int receive_and_read(struct attack *a)
{
	char room[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	int fd;

	if (recvmsg(a->fd, &message, 0) < 0)
		return -errno;
	if (CMSG_FIRSTHDR(&message) == NULL)
		return -EACCES; /* the kernel asked whether we may receive it */
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return saw_at(a, fd, a->target.heap);
}

/* By a child, which the agent never saw opening anything. */
static int read_by_child(struct attack *a)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		a->outcome->result = saw_at(a, a->fd, a->target.heap);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	if (WIFSIGNALED(status))
		a->outcome->killed = WTERMSIG(status);
	return a->outcome->result;
}

#define EARLIER(id, says, before, after, file, flags) \
	{ .name = id, .vector = "proc_open_earlier", .what = says, .run = after, .hold = before, .text = file, .number = flags }

const struct row earlier_rows[] = {
	EARLIER("earlier_mem", "/proc/PID/mem", hold_file, read_memory, "mem", O_RDONLY),
	EARLIER("earlier_mem_int80", "read through int 0x80", hold_file, read_int80, "mem", O_RDONLY),
	EARLIER("earlier_mem_write", "/proc/PID/mem, written", hold_file, write_memory, "mem", O_RDWR),
	EARLIER("earlier_mem_child", "mem of a child", hold_child, read_memory, "mem", O_RDONLY),
	EARLIER("earlier_mem_forked", "read by the attacker's child", hold_file, read_by_child, "mem", O_RDONLY),
	EARLIER("earlier_mem_passed", "passed over a socket (SCM_RIGHTS)", hold_in_flight, receive_and_read, "mem", O_RDONLY),
	EARLIER("earlier_environ", "/proc/PID/environ", hold_file, read_text, "environ", O_RDONLY),
	EARLIER("earlier_cmdline", "/proc/PID/cmdline", hold_file, read_text, "cmdline", O_RDONLY),
	EARLIER("earlier_maps", "/proc/PID/maps", hold_file, read_text, "maps", O_RDONLY),
	EARLIER("earlier_pagemap", "/proc/PID/pagemap", hold_file, read_pagemap, "pagemap", O_RDONLY),
	EARLIER("earlier_clear_refs", "/proc/PID/clear_refs, written", hold_file, write_one, "clear_refs", O_WRONLY),
	EARLIER("earlier_stack", "/proc/PID/stack", hold_file, read_text, "stack", O_RDONLY),
	EARLIER("earlier_syscall", "/proc/PID/syscall", hold_file, read_text, "syscall", O_RDONLY),
	{ .name = "earlier_namespace", .vector = "namespace_entry", .what = "setns to a descriptor of ns/net from before",
	  .run = enter, .hold = hold_file, .text = "ns/net", .number = O_RDONLY },
	{ 0 },
};
