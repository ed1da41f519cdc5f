/*
 * process.h - the borders of process.c, which keeps book of children: to spawn.c, which makes a
 * process, to wait.c, which waits for signals and ends, to deliver.c, which sends signals, and to
 * terminal.c.
 */
#ifndef CT_PROCESS_H
#define CT_PROCESS_H

#include "internal.h"

#include <pthread.h>

/* AddressSanitizer remembers the frames of an earlier child that never returned from them. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define CT_FRESH_STACK(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define CT_FRESH_STACK(at, bytes) (void)(at)
#endif

struct ct_child {
	int32_t pid; /* 0: free */
	int32_t pidfd;
	bool alive;  /* not reaped yet; a leader that is gone stays listed for its group */
	bool leader; /* CT_OWN_GROUP */
};

/* Held by who uses a child of the book, until it is done with it. */
extern pthread_mutex_t ct_children_lock;

/* A child of the book, NULL: not there. dead_too: a leader that was reaped as well. */
struct ct_child *ct_find_child(int32_t pid, bool dead_too);

/* It waits to be reaped, or was reaped by somebody else. */
bool ct_has_ended(int32_t pid);

/*
 * The pid of a new process, or -errno when there is none. *ret_error: 0, or execve's errno: the
 * process is then about to end with 127 and has to be waited for. *ret_pidfd: -1 before Linux 5.2.
 */
int32_t ct_clone_and_execute(const struct ct_spawn *what, int32_t *ret_pidfd, int *ret_error);

enum ct_reaped {
	CT_REAPED_ALL,   /* nobody is left: *ret_event is a timeout */
	CT_REAPED_CHILD, /* a registered child: *ret_event is its end */
	CT_REAPED_MORE,  /* there may be more: signals get their turn */
};

/* Reaps orphans until a registered child's end comes up; one system call each, as tini does. */
enum ct_reaped ct_reap(struct ct_event *ret_event);

/* All orphans reaped so far. */
extern _Atomic uint64_t ct_orphan_count;

/* The terminal's foreground, if it is group `from`, becomes group `to`. */
void ct_pass_terminal(pid_t from, pid_t to);

/* The application, which leads this group, was stopped. If it was by our terminal we stop too, until SIGCONT. */
void ct_stop_with_group(pid_t group, int signo);

/* Whether that application has to be continued, once no signal to us is left; and that. */
bool ct_continue_pending(void);
void ct_continue_group(void);

/* Sends the signal on to the minded process, if it lives, and makes the event of it. */
void ct_forward(int32_t signo, struct ct_event *ret_event);

#endif
