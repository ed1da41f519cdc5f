/*
 * process.c - the book of children: who was started, who ended, who is signalled, and every orphan
 * that the kernel hands to us. How a process is made is spawn.c, how we wait is wait.c. No secret
 * passes here.
 *
 * One mutex covers "reaped" and "signalled", so that a pid is never signalled after the kernel may
 * have given it to someone else. It is held over clone too: else a child that ends at once could be
 * taken for an orphan before it stands in the book.
 */
#include "process.h"
#include "syscalls.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CHILDREN 64
#define REAPED_AT_ONCE 4096 /* then signals get their turn: someone may want to stop a fork bomb */

struct child {
	int32_t pid; /* 0: free */
	int32_t pidfd;
	bool alive;  /* not reaped yet; a leader that is gone stays listed for its group */
	bool leader; /* CT_OWN_GROUP */
};

static pthread_mutex_t book = PTHREAD_MUTEX_INITIALIZER;
static struct child children[MOST_CHILDREN];
static struct { int32_t pid; int32_t group; } minded;
_Atomic uint64_t ct_orphan_count;

static struct child *find(int32_t pid, bool dead_too)
{
	for (int i = 0; pid > 0 && i < MOST_CHILDREN; i++)
		if (children[i].pid == pid && (children[i].alive || dead_too))
			return &children[i];
	return NULL;
}

static void forget(struct child *child)
{
	if (child->pidfd >= 0)
		(void)close(child->pidfd);
	*child = (struct child){ 0, -1, false, false };
}

/* A free place, if need be that of a group whose leader is gone. */
static struct child *make_room(void)
{
	struct child *dead = NULL;

	for (int i = 0; i < MOST_CHILDREN; i++) {
		if (children[i].pid == 0)
			return &children[i];
		if (!children[i].alive)
			dead = &children[i];
	}
	if (dead != NULL)
		forget(dead);
	return dead;
}

static int32_t spawn_listed(const struct ct_spawn *what)
{
	struct child *child = make_room();
	int32_t pidfd = -1;
	int32_t pid;
	int error = 0;

	if (child == NULL)
		return -EUSERS;
	pid = ct_give_birth(what, &pidfd, &error);
	if (pid < 0)
		return pid;
	if (error != 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		if (pidfd >= 0)
			(void)close(pidfd);
		return -error;
	}
	/* A reused number ends what was left to say about its former bearer's group. */
	for (struct child *old = find(pid, true); old != NULL; old = find(pid, true))
		forget(old);
	*child = (struct child){ pid, pidfd, true, (what->flags & CT_OWN_GROUP) != 0 };
	return pid;
}

int32_t ct_spawn(const struct ct_spawn *what)
{
	int32_t result;

	(void)pthread_mutex_lock(&book);
	result = spawn_listed(what);
	(void)pthread_mutex_unlock(&book);
	return result;
}

static int32_t adopt_listed(int32_t pid)
{
	siginfo_t end = { 0 };
	struct child *child = make_room();

	if (child == NULL)
		return -EUSERS;
	/* Looked at without reaping: a pid that is not our living child may be anybody's. */
	if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) < 0 || end.si_pid != 0)
		return -ECHILD;
	*child = (struct child){ pid, -1, true, false };
	return 0;
}

int32_t ct_adopt(int32_t pid)
{
	int32_t result;

	(void)pthread_mutex_lock(&book);
	result = adopt_listed(pid);
	(void)pthread_mutex_unlock(&book);
	return result;
}

/* After the leader of the foreground group has gone, the terminal is ours again. */
static void take_terminal_back(int32_t pid)
{
	for (int fd = 0; fd <= 2; fd++)
		if (tcgetpgrp(fd) == pid) {
			(void)tcsetpgrp(fd, getpgrp());
			return;
		}
}

static void report_end(struct child *child, const siginfo_t *end, struct ct_event *ret_event)
{
	bool exited = end->si_code == CLD_EXITED;

	*ret_event = (struct ct_event){
		.kind = CT_EVENT_EXIT,
		.pid = child->pid,
		.code = exited ? end->si_status : 128 + end->si_status,
		.signal = exited ? 0 : end->si_status,
		.orphans = ct_orphan_count,
	};
	child->alive = false;
	if (child->leader)
		take_terminal_back(child->pid);
	else
		forget(child);
}

enum ct_reaped ct_reap(struct ct_event *ret_event)
{
	enum ct_reaped result = CT_REAPED_MORE;

	(void)pthread_mutex_lock(&book);
	for (int i = 0; i < REAPED_AT_ONCE && result == CT_REAPED_MORE; i++) {
		siginfo_t end = { 0 };
		struct child *child;

		if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG) < 0 || end.si_pid == 0) {
			*ret_event = (struct ct_event){ .kind = CT_EVENT_TIMEOUT, .orphans = ct_orphan_count };
			result = CT_REAPED_ALL;
			break;
		}
		child = find(end.si_pid, false);
		if (child == NULL) {
			ct_orphan_count++;
			continue;
		}
		report_end(child, &end, ret_event);
		result = CT_REAPED_CHILD;
	}
	(void)pthread_mutex_unlock(&book);
	return result;
}

/* A zombie takes signals (kill(2)) and does nothing about them: who is started anew after it may need them. */
static bool has_ended(int32_t pid)
{
	siginfo_t end = { 0 };

	return waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid != 0;
}

static int signal_group(const struct child *child, int32_t signo)
{
	if (!child->leader)
		return -EINVAL;
	if (child->pidfd >= 0) {
		if (syscall(SYS_pidfd_send_signal, child->pidfd, signo, NULL, PIDFD_SIGNAL_PROCESS_GROUP) == 0)
			return 0;
		if (errno == ESRCH)
			return -ESRCH;
	}
	return kill(-child->pid, signo) < 0 ? -errno : 0;
}

static int signal_listed(int32_t pid, int32_t signo, int32_t group)
{
	const struct child *child = find(pid, group != 0);

	if (child == NULL)
		return -ESRCH;
	if (group)
		return signal_group(child, signo);
	if (has_ended(pid))
		return -ESRCH;
	return kill(pid, signo) < 0 ? -errno : 0;
}

int32_t ct_kill(int32_t pid, int32_t signo, int32_t group)
{
	int32_t result;

	(void)pthread_mutex_lock(&book);
	result = signal_listed(pid, signo, group);
	(void)pthread_mutex_unlock(&book);
	return result;
}

int32_t ct_mind(int32_t pid, int32_t group)
{
	(void)pthread_mutex_lock(&book);
	minded.pid = pid;
	minded.group = group;
	(void)pthread_mutex_unlock(&book);
	return 0;
}

void ct_forward(int32_t signo, struct ct_event *ret_event)
{
	bool forwarded;

	(void)pthread_mutex_lock(&book);
	/* Only while it lives: its group's stragglers are not whom the signal was meant for. */
	forwarded = find(minded.pid, false) != NULL && !has_ended(minded.pid) &&
		signal_listed(minded.pid, signo, minded.group) == 0;
	*ret_event = (struct ct_event){
		.kind = CT_EVENT_SIGNAL,
		.signo = signo,
		.forwarded = forwarded,
		.orphans = ct_orphan_count,
	};
	(void)pthread_mutex_unlock(&book);
}
