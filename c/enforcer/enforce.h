/*
 * enforce.h - the interface to everything that uses BPF: loads, proves, attaches, pins and adopts programs, protects
 * processes, delivers events.
 *
 * One thread. Functions return 0 or a count, or -errno. Vector names are in CT_VECTORS of bpf/vectors.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/event.h"

#define ENFORCE_MAX_NOTES 32
#define ENFORCE_MAX_PROGRAMS 96
#define ENFORCE_TEXT 480
#define ENFORCE_RELEASE 65

struct enforce_options {
	bool detect;            /* --mode=detect: report and refuse nothing */
	unsigned int backends;  /* 1u << enum ct_backend each; 0: auto */
	bool lock;              /* --lock=on */
	const char *lock_allow; /* "name,name" or NULL */
	bool exec_allow;        /* --exec=allow; the caller applies the default */
	const char *pins;       /* directory on a bpffs; NULL: pin nothing */
	bool check;             /* --check: leave nothing behind */
	const char *executable; /* the enforcer's installed file, which the lock guards; NULL: none */
	const char *socket;     /* its directory is guarded by the lock; NULL: none */
	pid_t agent;            /* the parent process if it is the agent, which is guarded too; 0: none */
};

enum enforce_state { ENFORCE_OFF, ENFORCE_ABSENT, ENFORCE_FAILED, ENFORCE_PASSED, ENFORCE_NOT_NEEDED };

struct enforce_backend {
	enum enforce_state state;
	char reason[ENFORCE_TEXT]; /* for an operator; may be empty when passed */
};

struct enforce_program {
	const char *name; /* of CT_PROGRAMS or of process tracking; static */
	uint8_t backend;  /* enum ct_backend; CT_BACKENDS: process tracking, used by all */
};

struct enforce_report {
	char mode[64]; /* names of passed backends joined by " + ", "detect only", or "" */
	bool enforcing, lock, exec_allow, pinned, adopted, irrevocable;
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
	uint64_t lost;               /* events dropped because the ring buffer was full, since the maps were created */
	uint64_t counts[CT_V_COUNT]; /* by vector, all backends, since the maps were created */
};

/* Loads or adopts programs, proves and attaches them. On failure nothing new stays attached. */
int enforce_start(const struct enforce_options *options, struct enforce_report *ret_report);

/*
 * Protects the process and its descendants, and keeps the tree of a process that is already protected. pid is in the
 * initial PID namespace; pidfd is the same process.
 *
 * -ESRCH: it has ended. -E2BIG: the table is full. -EBUSY: it is traced or has perf events, which cannot be undone.
 * -EALREADY: another process can answer its system calls. -ENODATA: that cannot be determined. -EUCLEAN: other
 * processes may have files of its /proc open, and no program can watch them. -ECHILD: it has descendants, and no
 * program can protect them. -ENOTSUP: the lock cannot determine which code it runs. -ENOSPC: the table of code files is
 * full.
 */
int enforce_protect(int pidfd, pid_t pid, uint32_t *ret_tree);

/* Readable when there are events. The ring holds some thousands. */
int enforce_events_fd(void);
/* Passes at most `limit` pending events to the callback. Returns how many. */
int enforce_drain(void (*handle)(const struct ct_event *event, void *context), void *context,
		  unsigned int limit);
/* Converts an event's CLOCK_MONOTONIC ns to unix ms. */
int64_t enforce_unix_ms(uint64_t monotonic_ns);

/* Removes ended processes and unused code files. Call it once a second. */
void enforce_tick(void);

int enforce_stats(struct enforce_stats *ret_stats);

/* Removes all pins below options->pins; what they held is detached. */
int enforce_remove(const struct enforce_options *options, struct enforce_report *ret_report);

/* Closes everything. Pinned programs stay in force, others are detached. */
void enforce_stop(void);

const char *enforce_vector_name(unsigned int vector);
const char *enforce_program_name(unsigned int program);
const char *enforce_backend_name(unsigned int backend);
