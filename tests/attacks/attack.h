/*
 * attack.h - what one attack is, what it may say, and what all of them share.
 */
#ifndef ATTACKS_ATTACK_H
#define ATTACKS_ATTACK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a row's function returns; a negative errno is what stopped it. */
enum { ALLOWED = 1, LEAKED = 2, NOT_HERE = 3 };

enum {
	ENDS_VICTIM = 1, /* or leaves it unfit */
	HITS_AGENT = 2, /* the agent, the enforcer or the protection's maps and pins may be gone afterwards */
	HITS_MACHINE = 4, /* only on a machine that is thrown away; and a refusal needs no control */
	MOUNTS = 8, /* runs in a mount namespace of its own */
	EVERYBODY = 16 /* what is refused there is refused to everybody: a control now would prove nothing */
};

/* What the victim said of itself. Numbers of processes are ours: found through /proc. */
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

/* Survives the attacker, in case that it is killed. */
struct outcome {
	volatile int done, result, leaked, killed;
	char why[96];
};

struct attack {
	const struct row *row;
	struct target target;
	const struct options *options;
	struct outcome *outcome;
	int fd; /* from hold to run */
	void *at;
	pid_t helper;
};

struct row {
	const char *name, *vector, *what;
	int (*run)(struct attack *);
	const char *text; /* a path below /proc/PID, or what the row's function makes of it */
	long number;
	int flags;
	int (*hold)(struct attack *); /* before protection began: rows for --hold */
};

/* One family of attacks each; the last row has no name. */
extern const struct row ptrace_rows[], code_rows[], cut_rows[], vm_rows[], mem_rows[], uring_rows[], earlier_rows[],
	proc_rows[], fd_rows[], pidfd_rows[], page_rows[], perf_rows[], bpf_rows[], tamper_rows[], probe_rows[],
	physical_rows[], kernel_rows[], core_rows[], agent_rows[], pin_rows[], tool_rows[], swap_rows[],
	device_rows[], socket_rows[], notify_rows[];

/* table.c */
const struct row *next_row(const struct row *row);
const struct row *find_row(const char *name);

/* target.c */
int read_target(struct target *target, pid_t pid, const char *path);

/* control.c: a victim of our own, and a stand-in for what the agent has. */
pid_t start_victim(struct target *target, const char *agent, int traceme);
void stop_victim(pid_t pid);
int control(const struct options *options, const char *name);

/* run.c */
int run_row(const struct row *row, const struct target *target, const struct options *options, struct outcome *result);
int hold_rows(const char *name, const struct target *target, const struct options *options);
/* loop.c */
int loop(const struct target *target, const struct options *options);
const char *words_of(const struct outcome *outcome, char *into, size_t size);

/* reach.c: helpers of the rows. */
int not_here(struct attack *a, const char *why);
/* LEAKED when the secret is among the bytes. */
int saw(const struct attack *a, const void *bytes, size_t size);
/* The same for everything that a descriptor gives from its beginning; never "allowed" by an empty file. */
int saw_file(const struct attack *a, int fd);
int saw_at(const struct attack *a, int fd, unsigned long long offset);
/* Opens, or -errno. */
int open_of(pid_t pid, const char *name, int flags);
int open_path(const char *path, int flags);
/* Text to a file: 0, or -errno. */
int put_text(const char *path, const char *text);
int get_text(const char *path, char *into, size_t size);
/* Mounts a file system in the row's own namespace (MOUNTS), at OWN_MOUNT. */
#define OWN_MOUNT "/tmp/attack.mount"
#define OWN_MOUNT_MOVED "/tmp/attack.moved"
int mount_own(const char *type);
/* Reads the victim's memory without ado, for rows that first take something out of the way. */
int try_vm(const struct attack *a);
/* The victim's number in the row's terms: 'p' the process, 't' a thread, 'c' a child, 'l' a late child. */
pid_t who(const struct attack *a, char kind);
void moment(long milliseconds);
/* As in /proc/PID/stat; X when there is no such process. */
char state_of(pid_t pid);

/* ptrace.c */
enum way { BY_ATTACH, BY_SEIZE, BY_INT80 };
int trace(pid_t pid, enum way way);
void untrace(pid_t pid);
int peek(const struct attack *a, pid_t pid, unsigned long long at);

/* pidfd.c */
int open_pidfd(pid_t pid, unsigned flags);
int get_fd(int pidfd, int fd);

#endif
