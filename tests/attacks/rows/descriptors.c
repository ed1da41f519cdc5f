/*
 * descriptors.c - the victim's descriptors and namespaces by pidfd, and what shows whether two processes share
 * something.
 */
#include "../attack.h"

enum { PIDFD_OF_THREAD = O_EXCL }; /* PIDFD_THREAD, Linux 6.9 */
#define MOUNT_NAMESPACE_OF_PIDFD _IO(0xff, 3) /* Linux 6.11 */

/* text: the process; then 's' for the descriptor of memfd_secret, 'm' for that of the memfd. */
static int wanted(const struct attack *a)
{
	return a->row->text[1] == 's' ? a->target.secretmem_fd : a->target.memfd;
}

int open_process(struct attack *a)
{
	const char *text = a->row->text;
	const unsigned flags = text[0] == 't' ? PIDFD_OF_THREAD : 0;

	if (text[1] != '\0' && wanted(a) < 0)
		return not_here(a, "the victim keeps none open");
	a->fd = open_pidfd(process_of(a, text[0]), flags);
	if (a->fd == -EINVAL && flags)
		return not_here(a, "no PIDFD_THREAD");
	return a->fd < 0 ? a->fd : 0;
}

int enter_several(struct attack *a)
{
	return judge(setns(a->fd, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID));
}

int enter_by_ioctl(struct attack *a)
{
	int ns = ioctl(a->fd, MOUNT_NAMESPACE_OF_PIDFD, 0);

	if (ns < 0)
		return errno == ENOTTY || errno == EINVAL ? not_here(a, "no such ioctl") : -errno;
	return judge(setns(ns, CLONE_NEWNS));
}

static int see_through(struct attack *a, int fd)
{
	void *at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? -errno : saw(a, at, page_size());
}

int copy_descriptor(struct attack *a)
{
	int fd = get_fd(a->fd, wanted(a));

	return fd < 0 ? fd : see_through(a, fd);
}

static int copy_only(struct attack *a)
{
	return get_fd(a->fd, wanted(a));
}

int copy_with_partner(struct attack *a)
{
	int fd = open_by_partner(a, copy_only);

	return fd < 0 ? fd : see_through(a, fd);
}

int compare(struct attack *a)
{
	return judge(syscall(SYS_kcmp, getpid(), process_of(a, a->row->text[0]), (int)a->row->number, 0, 0));
}

int robust_list_of(struct attack *a)
{
	size_t length = 0;
	void *head = NULL;

	return judge(syscall(SYS_get_robust_list, process_of(a, a->row->text[0]), &head, &length));
}
