/*
 * pidfd.c - namespaces and descriptors of the victim, by links and by pidfd; and what tells whether two processes
 * share something.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, THREAD = O_EXCL /* PIDFD_THREAD, 6.9 */ };
#define MOUNT_NAMESPACE_OF_PIDFD _IO(0xff, 3) /* 6.11 */

int open_pidfd(pid_t pid, unsigned flags)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, flags);

	return fd < 0 ? -errno : fd;
}

int get_fd(int pidfd, int fd)
{
	int got = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return got < 0 ? -errno : got;
}

static int enter_link(struct attack *a)
{
	int fd = open_of(a->target.pid, a->row->text, O_RDONLY);

	if (fd < 0)
		return fd;
	if (setns(fd, 0) == 0 || errno == EINVAL) /* we are in that user namespace */
		return ALLOWED;
	return -errno;
}

static int enter_pidfd(struct attack *a)
{
	int fd = open_pidfd(a->target.pid, 0);

	if (fd < 0)
		return fd;
	return setns(fd, (int)a->row->number) < 0 ? -errno : ALLOWED;
}

static int enter_by_ioctl(struct attack *a)
{
	int fd = open_pidfd(a->target.pid, 0), ns;

	if (fd < 0)
		return fd;
	ns = ioctl(fd, MOUNT_NAMESPACE_OF_PIDFD, 0);
	if (ns < 0)
		return errno == ENOTTY || errno == EINVAL ? not_here(a, "no such ioctl") : -errno;
	return setns(ns, CLONE_NEWNS) < 0 ? -errno : ALLOWED;
}

/* The secret in a descriptor of the victim's that is ours now. */
static int see_through(struct attack *a, int fd)
{
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? -errno : saw(a, at, PAGE);
}

static int wanted(const struct attack *a)
{
	return a->row->text[1] == 's' ? a->target.secretmem_fd : a->target.memfd;
}

/* text: whose; then 's' for the memfd_secret descriptor, 'm' for the memfd. */
static int take_descriptor(struct attack *a)
{
	pid_t pid = who(a, a->row->text[0]);
	int fd;

	if (wanted(a) < 0)
		return not_here(a, "the victim keeps none open");
	fd = a->fd >= 0 ? a->fd : open_pidfd(pid, (unsigned)a->row->number);
	if (fd == -EINVAL && a->row->number)
		return not_here(a, "no PIDFD_THREAD");
	if (fd >= 0)
		fd = get_fd(fd, wanted(a));
	return fd < 0 ? fd : see_through(a, fd);
}

static int hold_pidfd(struct attack *a)
{
	a->fd = open_pidfd(a->target.pid, 0);
	return a->fd < 0 ? a->fd : 0;
}

/* One process takes it and may die of that; the other has the same table of descriptors. */
static int take_with_partner(struct attack *a)
{
	struct clone_args how = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	int pidfd = open_pidfd(a->target.pid, 0), next, status = 0;
	pid_t thief;

	if (wanted(a) < 0)
		return not_here(a, "the victim keeps none open");
	if (pidfd < 0)
		return pidfd;
	next = dup(pidfd);
	(void)close(next);
	thief = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
	if (thief < 0)
		return -errno;
	if (thief == 0) {
		a->outcome->result = get_fd(pidfd, wanted(a));
		_exit(0);
	}
	(void)waitpid(thief, &status, 0);
	if (WIFSIGNALED(status))
		a->outcome->killed = WTERMSIG(status);
	if (fcntl(next, F_GETFD) < 0)
		return a->outcome->result < 0 ? a->outcome->result : -EPERM;
	return see_through(a, next);
}

static int compare(struct attack *a)
{
	long result = syscall(SYS_kcmp, getpid(), who(a, a->row->text[0]), (int)a->row->number, 0, 0);

	return result < 0 ? -errno : ALLOWED;
}

static int robust_list(struct attack *a)
{
	size_t length = 0;
	void *head = NULL;

	return syscall(SYS_get_robust_list, who(a, a->row->text[0]), &head, &length) < 0 ? -errno : ALLOWED;
}

#define NS(id, path) \
	{ .name = id, .vector = "namespace_entry", .what = "setns by " path, .run = enter_link, .text = path }
#define TAKE(id, says, function, whose, options, before) \
	{ .name = id, .vector = "pidfd_getfd", .what = says, .run = function, .text = whose, .number = options, .hold = before }
#define KCMP(id, says, function, whose, what_of) \
	{ .name = id, .vector = "kcmp", .what = says, .run = function, .text = whose, .number = what_of }

const struct row pidfd_rows[] = {
	NS("ns_mnt", "ns/mnt"),
	NS("ns_net", "ns/net"),
	NS("ns_uts", "ns/uts"),
	NS("ns_ipc", "ns/ipc"),
	NS("ns_pid", "ns/pid"),
	NS("ns_user", "ns/user"),
	NS("ns_cgroup", "ns/cgroup"),
	NS("ns_time", "ns/time"),
	{ .name = "ns_pidfd", .vector = "namespace_entry", .what = "setns by pidfd, several at once", .run = enter_pidfd,
	  .number = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID },
	{ .name = "ns_pidfd_ioctl", .vector = "namespace_entry", .what = "setns by a descriptor out of a pidfd",
	  .run = enter_by_ioctl },
	TAKE("getfd_secretmem", "the memfd_secret descriptor, mapped", take_descriptor, "ps", 0, NULL),
	TAKE("getfd_memfd", "a memfd", take_descriptor, "pm", 0, NULL),
	TAKE("getfd_thread", "by a thread's pidfd", take_descriptor, "tm", THREAD, NULL),
	TAKE("getfd_late_child", "from a child made after protection", take_descriptor, "lm", 0, NULL),
	TAKE("getfd_partner", "for a partner who shares the descriptors (CLONE_FILES)", take_with_partner, "ps", 0, NULL),
	TAKE("getfd_partner_memfd", "the same, a memfd", take_with_partner, "pm", 0, NULL),
	TAKE("earlier_pidfd", "by a pidfd opened before protection", take_descriptor, "pm", 0, hold_pidfd),
	KCMP("kcmp_vm", "do we share memory", compare, "p", KCMP_VM),
	KCMP("kcmp_file", "do we share an open file", compare, "p", KCMP_FILE),
	KCMP("kcmp_thread", "by a thread's number", compare, "t", KCMP_FILES),
	KCMP("robust_list", "an address in its memory", robust_list, "p", 0),
	KCMP("robust_list_thread", "a thread's", robust_list, "t", 0),
	{ 0 },
};
