/*
 * attack.h - one attack, its result, and what all attacks share.
 */
#pragma once

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "lib/arch.h"
#include "lib/digest.h"
#include "lib/memory.h"
#include "lib/proc.h"
#include "lib/trace.h"

/* What a step returns: one of these, or a negative errno, ends the attack; 0 goes on to the next step. */
enum { ALLOWED = 1, LEAKED = 2, NOT_HERE = 3 };

/* What the victim published. Its threads and children are looked up in /proc: it may have its own PID namespace. */
struct target {
	pid_t pid, tid, child, late;
	size_t length;
	uint64_t digest;
	unsigned long long env, heap, stack, scratch, shared, secretmem, nap;
	int secretmem_fd, memfd;
	char exe[256], cwd[256], code[256];
};

struct options {
	pid_t agent, enforcer;
	const char *pins, *agent_socket, *trigger;
	int disposable, no_check, is_control;
};

/* In shared memory, because the attacker may be killed. */
struct outcome {
	volatile int done, result, leaked, killed;
	char why[96];
};

struct attack {
	const struct row *row;
	struct target target;
	const struct options *options;
	struct outcome *outcome;
	int fd; /* these two from step to step */
	void *at;
};

typedef int attack_step(struct attack *a);

/*
 * Marks: V ends the victim or leaves it unfit; A hits the agent, the enforcer, or the maps and pins of the protection;
 * M changes the whole machine; E is refused to every process or to none, so that a control during protection proves
 * nothing; H holds what its first step opened while protection starts; N needs a mount namespace of its own.
 */
struct row {
	const char *name, *vector, *marks;
	attack_step *open, *run;
	const char *text; /* a path for expand_path(), or as the steps define it */
	long number;
	const char *what;
};

/* Ends with a row that has no name. */
extern const struct row table[];

#define ROW(name, vector, marks, run, text, number, what) attack_step run;
#define STEPS(name, vector, marks, open, run, text, number, what) attack_step open, run;
#include "table.inc.h"
#undef ROW
#undef STEPS

/* Numbers in the table. */
enum { PUTS = 1, ANSWERS };
enum { AS_WORKER = 1, AS_POLLER = 2, OPENAT2 = 4, FIXED = 8 };
enum { AT_CALLS = 1, AT_SWITCHES, AT_KPROBE, AT_UPROBE };
enum { MODULE_COMPRESSED = 4 };

static inline int has_mark(const struct row *row, char mark)
{
	return strchr(row->marks, mark) != NULL;
}

/* target.c */
int read_target(struct target *target, pid_t pid, const char *path);

/* control.c: unprotected victims. */
pid_t start_victim(struct target *target, const char *agent, int traceme);
void stop_victim(pid_t pid);
int control(const struct options *options, const char *name);

/* run.c */
int run_row(const struct row *row, const struct target *target, const struct options *options, struct outcome *result);
int hold_rows(const char *name, const struct target *target, const struct options *options);
const char *result_text(const struct outcome *outcome, char *into, size_t size);

/* reach.c */
int not_here(struct attack *a, const char *why);
/* ALLOWED, or -errno when the call failed. */
int judge(long result);
/* LEAKED when the secret is among the bytes, else ALLOWED. */
int saw(const struct attack *a, const void *bytes, size_t size);
/* The same for all that a descriptor gives from its position; an empty file is -ENODATA. */
int saw_file(const struct attack *a, int fd);
/* The same for the secret's length at `offset`. */
int saw_at(const struct attack *a, int fd, unsigned long long offset);
/* The same for another process's memory, by process_vm_readv. */
int saw_memory(const struct attack *a, pid_t pid, unsigned long long at);
/*
 * row->text up to '=': %p %t %c %l are the process, a thread, and its two children; %m the memfd's descriptor, %s the
 * range of its mapping. A path "TYPE:/..." is below a file system of that type, which this mounts. 0 or -errno.
 */
enum { PATH_ROOM = 320 };
int expand_path(const struct attack *a, char into[PATH_ROOM]);
/* Mounts a file system at OWN_MOUNT. */
#define OWN_MOUNT "/tmp/attack.mount"
#define OWN_MOUNT_MOVED "/tmp/attack.moved"
int mount_own(const char *type);
/* A mount namespace whose changes stay in it. 0 or -errno. */
int leave_mounts(void);
/* What the step opens in a process that may be killed for it and shares its table of descriptors with this one, or -errno. */
int open_by_partner(struct attack *a, attack_step *open);
/* 'p' the process, 't' a thread, 'c' a child made before protection, 'l' one made after it. */
pid_t process_of(const struct attack *a, char kind);
