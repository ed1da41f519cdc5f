/*
 * enforce.h - the door of the enforcing half of the enforcer: BPF programs are loaded, proven on a canary,
 * attached, pinned, adopted; processes become members; events come out. The other half (main, gate, wire)
 * knows nothing else of BPF.
 *
 * One thread. Functions return 0 or a count, or -errno. Names of vectors: CT_VECTORS of ../bpf/vectors.h.
 */
#ifndef CT_ENFORCE_H
#define CT_ENFORCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/event.h"

#define ENFORCE_MAX_NOTES 32
#define ENFORCE_MAX_PROGRAMS 96
#define ENFORCE_TEXT 480
#define ENFORCE_RELEASE 65

struct enforce_options {
	bool detect;            /* --mode=detect: see everything, refuse nothing */
	unsigned int backends;     /* 1u << enum ct_backend each; 0: auto */
	bool lock;              /* --lock=on: sealed */
	const char *lock_allow; /* "name,name" or NULL */
	bool exec_allow;        /* --exec=allow; the caller settles what no option means */
	const char *pins;       /* directory on a bpffs, NULL: nothing is pinned */
	bool check;             /* only to find out what works: nothing is to stay */
	const char *executable; /* the enforcer's installed file, which the lock guards; NULL: none */
	const char *socket;     /* whose directory the lock guards; NULL: none */
	pid_t agent;            /* our parent, when it is the agent: guarded as we are; 0: none */
};

enum enforce_state { ENFORCE_OFF, ENFORCE_ABSENT, ENFORCE_FAILED, ENFORCE_PASSED, ENFORCE_NOT_NEEDED };

struct enforce_backend {
	enum enforce_state state;
	char reason[ENFORCE_TEXT]; /* words for an operator; may be empty when passed */
};

struct enforce_program {
	const char *name; /* of CT_PROGRAMS, or of what tracks families; lives as long as the process */
	uint8_t backend;     /* enum ct_backend; CT_BACKENDS: tracking, which serves all */
};

struct enforce_report {
	char mode[64]; /* passed backends joined by " + ", "detect only", "" when none */
	bool enforcing, lock, exec_allow, pinned, adopted, sealed;
	char release[ENFORCE_RELEASE];
	uint32_t processes;
	struct enforce_backend backends[CT_BACKENDS];
	unsigned int program_count, note_count;
	struct enforce_program programs[ENFORCE_MAX_PROGRAMS];
	char notes[ENFORCE_MAX_NOTES][ENFORCE_TEXT];
	/* set when enforce_start fails */
	char reason[ENFORCE_TEXT], remedy[ENFORCE_TEXT];
};

struct enforce_stats {
	uint32_t processes, trees;
	uint64_t lost;              /* events that found the ring buffer full, since the maps were made */
	uint64_t counts[CT_V_COUNT]; /* by vector, all backends, since the maps were made */
};

/* Loads or adopts, proves, attaches. On failure nothing of ours is attached that was not before. */
int enforce_start(const struct enforce_options *options, struct enforce_report *ret_report);

/* Makes the process and its descendants members; -ESRCH when it has ended, -E2BIG when the table is full, -EBUSY when
 * one is being traced, or has perf events on it, which began before and cannot be undone, -EALREADY when another
 * process can answer its system calls, -ENODATA when nothing tells whether one can, -EUCLEAN when others may
 * have files of its /proc open and no program can watch them, -ECHILD when it has descendants and no program can
 * take them in, -ENOTSUP when the lock is to guard its code and it cannot be found out which that is, -ENOSPC when there is no room for the files that it runs. Idempotent: the family stays what it was. pid is in the initial PID
 * namespace, pidfd is that process. */
int enforce_protect(int pidfd, pid_t pid, uint32_t *ret_tree);

/* Readable when there are events. Take them soon: the ring holds some thousands. */
int enforce_events_fd(void);
/* Hands out at most limit events that are there now; returns how many. */
int enforce_drain(void (*take)(const struct ct_event *event, void *context), void *context,
		  unsigned int limit);
/* CLOCK_MONOTONIC ns, as in an event, to unix ms. */
int64_t enforce_unix_ms(uint64_t monotonic_ns);

/* Once a second: what is to be tidied up. */
void enforce_tick(void);

int enforce_stats(struct enforce_stats *ret_stats);

/* Unpins everything of ours below options->pins; what is attached ends with it. */
int enforce_remove(const struct enforce_options *options, struct enforce_report *ret_report);

/* Closes everything. What is pinned stays in force, what is not ends. */
void enforce_stop(void);

const char *enforce_vector_name(unsigned int vector);
const char *enforce_program_name(unsigned int program);
const char *enforce_backend_name(unsigned int backend);

#endif
