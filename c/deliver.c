/*
 * deliver.c - signals children and their groups, and forwards received signals to the application. Never signals a
 * process that has ended or whose pid may have been reused.
 */
#include "process.h"
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static struct { int32_t pid; int32_t group; } forward_to;

/* The pid is safe if there is no pidfd: it is not reused before the child is reaped. */
static int signal_process(const struct ct_child *child, int32_t signo)
{
	/* A zombie would swallow the signal (kill(2)), but its successor may need it. */
	if (!child->alive || ct_has_ended(child->pid))
		return -ESRCH;
	if (child->pidfd >= 0 && syscall(SYS_pidfd_send_signal, child->pidfd, signo, NULL, 0u) == 0)
		return 0;
	return kill(child->pid, signo) < 0 ? -errno : 0;
}

/* The leader was reaped: if a process has its pid now, the group id is that process's. */
static bool may_be_reused(const struct ct_child *child)
{
	return !child->alive && (kill(child->pid, 0) == 0 || errno != ESRCH);
}

static int signal_group(const struct ct_child *child, int32_t signo)
{
	if (!child->leader)
		return -EINVAL;
	if (child->pidfd >= 0) {
		if (syscall(SYS_pidfd_send_signal, child->pidfd, signo, NULL, PIDFD_SIGNAL_PROCESS_GROUP) == 0)
			return 0;
		if (errno == ESRCH)
			return -ESRCH;
	}
	if (may_be_reused(child))
		return -ESRCH;
	return kill(-child->pid, signo) < 0 ? -errno : 0;
}

static int signal_listed(int32_t pid, int32_t signo, int32_t group)
{
	const struct ct_child *child = ct_find_child(pid, group != 0);

	if (child == NULL)
		return -ESRCH;
	return group ? signal_group(child, signo) : signal_process(child, signo);
}

int32_t ct_kill(int32_t pid, int32_t signo, int32_t group)
{
	int32_t result;

	(void)pthread_mutex_lock(&ct_children_lock);
	result = signal_listed(pid, signo, group);
	(void)pthread_mutex_unlock(&ct_children_lock);
	return result;
}

int32_t ct_forward_to(int32_t pid, int32_t group)
{
	(void)pthread_mutex_lock(&ct_children_lock);
	forward_to.pid = pid;
	forward_to.group = group;
	(void)pthread_mutex_unlock(&ct_children_lock);
	return 0;
}

void ct_forward(int32_t signo, struct ct_event *ret_event)
{
	bool forwarded;

	(void)pthread_mutex_lock(&ct_children_lock);
	/* Only while it lives: the signal is not meant for processes that remain in its group. */
	forwarded = ct_find_child(forward_to.pid, false) != NULL && !ct_has_ended(forward_to.pid) &&
		signal_listed(forward_to.pid, signo, forward_to.group) == 0;
	*ret_event = (struct ct_event){
		.kind = CT_EVENT_SIGNAL,
		.signo = signo,
		.forwarded = forwarded,
		.orphans = ct_orphan_count,
	};
	(void)pthread_mutex_unlock(&ct_children_lock);
}
