/*
 * process.c - the table of children, and reaping of children and orphans. spawn.c creates processes, wait.c waits,
 * deliver.c sends signals. No secrets pass through here.
 *
 * One mutex covers reaping and signalling, so that a pid is never signalled after the kernel may have reused it. It
 * is held during clone too; otherwise a child that ends at once could be counted as an orphan before it is in the
 * table.
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
#define REAPED_AT_ONCE 4096 /* then signals are checked: one of them may stop a fork bomb */

pthread_mutex_t ct_children_lock = PTHREAD_MUTEX_INITIALIZER;
_Atomic uint64_t ct_orphan_count;
static struct ct_child children[MOST_CHILDREN];

struct ct_child *ct_find_child(int32_t pid, bool dead_too)
{
	for (int i = 0; pid > 0 && i < MOST_CHILDREN; i++)
		if (children[i].pid == pid && (children[i].alive || dead_too))
			return &children[i];
	return NULL;
}

enum state { LIVES, ENDED, LOST /* other code of this process reaped it */ };

static enum state state_of(int32_t pid)
{
	siginfo_t end = { 0 };

	if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) < 0)
		return errno == ECHILD ? LOST : LIVES;
	return end.si_pid != 0 ? ENDED : LIVES;
}

bool ct_has_ended(int32_t pid)
{
	return state_of(pid) != LIVES;
}

static void forget(struct ct_child *child)
{
	if (child->pidfd >= 0)
		(void)close(child->pidfd);
	*child = (struct ct_child){ 0, -1, false, false };
}

/* A free entry; if there is none, the entry of a group whose leader has ended. */
static struct ct_child *find_free_entry(void)
{
	struct ct_child *dead = NULL;

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

/*
 * Our parent may have ignored SIGCHLD: then the kernel would reap our children and not report their ends (wait(2)).
 * The entry stub does this too, for the fetcher that it starts.
 */
static void reset_sigchld(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };

	(void)sigaction(SIGCHLD, &plain, NULL);
}

/* Groups that outlived their leaders can be signalled until another leader starts. Each keeps a descriptor. */
static void forget_ended_leaders(void)
{
	for (int i = 0; i < MOST_CHILDREN; i++)
		if (children[i].pid != 0 && !children[i].alive)
			forget(&children[i]);
}

static int32_t spawn_listed(const struct ct_spawn *what)
{
	struct ct_child *child = find_free_entry();
	int32_t pidfd = -1;
	int32_t pid;
	int error = 0;

	if (child == NULL)
		return -EUSERS;
	reset_sigchld();
	pid = ct_clone_and_execute(what, &pidfd, &error);
	if (pid < 0)
		return pid;
	if (error != 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		if (pidfd >= 0)
			(void)close(pidfd);
		return -error;
	}
	if (what->flags & CT_OWN_GROUP)
		forget_ended_leaders();
	/* The pid is reused, so entries of earlier groups with this pid are stale. */
	for (struct ct_child *old = ct_find_child(pid, true); old != NULL; old = ct_find_child(pid, true))
		forget(old);
	*child = (struct ct_child){ pid, pidfd, true, (what->flags & CT_OWN_GROUP) != 0 };
	return pid;
}

int32_t ct_spawn(const struct ct_spawn *what)
{
	int32_t result;

	(void)pthread_mutex_lock(&ct_children_lock);
	result = spawn_listed(what);
	(void)pthread_mutex_unlock(&ct_children_lock);
	return result;
}

static int32_t register_listed(int32_t pid)
{
	struct ct_child *child = find_free_entry();

	if (child == NULL)
		return -EUSERS;
	/* Any process may have this pid unless it is our living child. */
	if (ct_has_ended(pid))
		return -ECHILD;
	*child = (struct ct_child){ pid, (int32_t)syscall(SYS_pidfd_open, pid, 0u), true, false };
	return 0;
}

int32_t ct_register_child(int32_t pid)
{
	int32_t result;

	(void)pthread_mutex_lock(&ct_children_lock);
	result = register_listed(pid);
	(void)pthread_mutex_unlock(&ct_children_lock);
	return result;
}

static void report_end(struct ct_child *child, const siginfo_t *end, struct ct_event *ret_event)
{
	bool exited = end->si_code == CLD_EXITED;

	*ret_event = (struct ct_event){
		.kind = CT_EVENT_EXIT,
		.pid = child->pid,
		.code = exited ? end->si_status : 128 + end->si_status,
		.signal = exited ? 0 : end->si_status,
		.dumped = end->si_code == CLD_DUMPED ? 1 : 0,
		.orphans = ct_orphan_count,
	};
	child->alive = false;
	if (child->leader)
		ct_pass_terminal(child->pid, getpgrp());
	else
		forget(child);
}

/* Reports a child whose exit status is lost. */
static bool report_lost(struct ct_event *ret_event)
{
	static const siginfo_t unknown = { .si_code = CLD_EXITED };

	for (int i = 0; i < MOST_CHILDREN; i++)
		if (children[i].alive && state_of(children[i].pid) == LOST) {
			report_end(&children[i], &unknown, ret_event);
			ret_event->code = CT_END_UNKNOWN;
			return true;
		}
	return false;
}

/* PID 1 must not stop: no process could continue it. */
static int events_of_interest(void)
{
	return WEXITED | WNOHANG | (getpid() == 1 ? 0 : WSTOPPED);
}

/* Handles one event of any child. CT_REAPED_MORE: there is nothing to report. */
static enum ct_reaped reap_one(struct ct_event *ret_event)
{
	siginfo_t event = { 0 };
	struct ct_child *child;

	if (waitid(P_ALL, 0, &event, events_of_interest()) < 0 || event.si_pid == 0) {
		*ret_event = (struct ct_event){ .kind = CT_EVENT_TIMEOUT, .orphans = ct_orphan_count };
		return report_lost(ret_event) ? CT_REAPED_CHILD : CT_REAPED_ALL;
	}
	child = ct_find_child(event.si_pid, false);
	if (event.si_code == CLD_STOPPED || event.si_code == CLD_TRAPPED) {
		if (child != NULL && child->leader)
			ct_stop_with_group(child->pid, event.si_status);
		return CT_REAPED_MORE;
	}
	if (child == NULL) {
		ct_orphan_count++;
		return CT_REAPED_MORE;
	}
	report_end(child, &event, ret_event);
	return CT_REAPED_CHILD;
}

enum ct_reaped ct_reap(struct ct_event *ret_event)
{
	enum ct_reaped result = CT_REAPED_MORE;

	(void)pthread_mutex_lock(&ct_children_lock);
	for (int i = 0; i < REAPED_AT_ONCE && result == CT_REAPED_MORE; i++)
		result = reap_one(ret_event);
	(void)pthread_mutex_unlock(&ct_children_lock);
	return result;
}
