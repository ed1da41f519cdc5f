/*
 * process.h - the table of children (process.c), and the interfaces of spawn.c, which creates a process, wait.c,
 * which waits for signals and exits, deliver.c, which sends signals, and terminal.c.
 */
#pragma once

#include "internal.h"

#include <pthread.h>

/* AddressSanitizer still has stack frames of an earlier child that did not return from them. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define CT_FRESH_STACK(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define CT_FRESH_STACK(at, bytes) (void)(at)
#endif

struct ct_child {
	int32_t pid; /* 0: free */
	int32_t pidfd;
	bool alive;  /* not reaped yet; a reaped group leader stays in the table for its group */
	bool leader; /* CT_OWN_GROUP */
};

/* Hold it while using an entry of the table. */
extern pthread_mutex_t ct_children_lock;

/* An entry of the table, or NULL. dead_too: reaped leaders as well. */
struct ct_child *ct_find_child(int32_t pid, bool dead_too);

/* Whether it is a zombie, or other code of this process has reaped it. */
bool ct_has_ended(int32_t pid);

/*
 * The pid of a new process, or -errno. *ret_error: 0, or the errno of execve: the process then exits with 127
 * and must be waited for. *ret_pidfd: -1 before Linux 5.2.
 */
int32_t ct_clone_and_execute(const struct ct_spawn *what, int32_t *ret_pidfd, int *ret_error);

enum ct_reaped {
	CT_REAPED_ALL,   /* no zombies are left: *ret_event is a timeout */
	CT_REAPED_CHILD, /* a registered child: *ret_event is its end */
	CT_REAPED_MORE,  /* there may be more: check for signals, then call again */
};

/* Reaps orphans until a registered child has ended; one system call each, like tini. */
enum ct_reaped ct_reap(struct ct_event *ret_event);

/* Orphans reaped so far. */
extern _Atomic uint64_t ct_orphan_count;

/* If group `from` is the terminal's foreground, makes group `to` the foreground. */
void ct_pass_terminal(pid_t from, pid_t to);

/* Call it when the application, which leads this group, was stopped. If the terminal stopped it, stops us too, until SIGCONT. */
void ct_stop_with_group(pid_t group, int signo);

/* Whether the stopped application must be continued as soon as no signal for us is pending. ct_continue_group does so. */
bool ct_continue_pending(void);
void ct_continue_group(void);

/* Forwards the signal to the process of ct_forward_to, if it lives, and fills in the event. */
void ct_forward(int32_t signo, struct ct_event *ret_event);
