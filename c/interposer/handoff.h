/*
 * handoff.h - layout of a hand-off: secret memory that both sides of an execve map. It contains the secret strings
 * and the interposer's report. The wrapper creates one for the application (c/handoff.c), and the interposer in the
 * application creates one for each program that it executes.
 *
 * The environment contains `NAME=` in place of each string. LD_PRELOAD names the interposer's file, after the
 * application's own libraries. If the application preloads nothing, LD_PRELOAD replaces one of the strings, so that
 * the number of entries does not change and what follows the environment stays in place. A note at the end of the
 * interposer's file has the descriptor and size of the hand-off.
 */
#pragma once

#include <stdint.h>

#define CT_PRELOAD "LD_PRELOAD="
/* An unusual spelling, because glibc identifies libraries by name. */
#define CT_FD_PATH "/proc/self/fd/./"

#define CT_NOTE_MAGIC 0x45544f4eu
#define CT_HANDOFF_MAGIC 0x4c435250u
#define CT_HANDOFF_VERSION 3u
#define CT_NO_SECRET UINT32_MAX

/* src/wrapper/child/handoff.ts writes this struct too. */
struct ct_note {
	uint32_t magic;
	uint32_t handoff; /* descriptor of the hand-off */
	uint64_t bytes; /* size of the hand-off */
	uint32_t replaced_secret; /* index of the secret whose entry LD_PRELOAD replaces, or CT_NO_SECRET */
	uint32_t unused;
};

/* Identity of a file. 0, 0: none. */
struct ct_file {
	uint64_t device, inode;
};

/* One string. Offsets are relative to the start of the hand-off. */
struct ct_handoff_secret {
	uint32_t entry; /* offset of the current NAME=value and its NUL */
	uint32_t length; /* with the NUL; 0: not in this hand-off */
	uint32_t placeholder; /* offset of NAME= and its NUL */
	uint32_t other; /* offset of the previous and next NAME=value; 0: no updates */
	uint32_t capacity; /* bytes reserved for each of the two */
};

enum ct_handoff_state {
	CT_HANDOFF_SENT,    /* not mapped by the interposer yet */
	CT_HANDOFF_ADOPTED, /* the environment points into it */
};

struct ct_handoff {
	uint32_t magic, version;
	uint64_t bytes; /* size of the hand-off */
	struct ct_file loader; /* the loader that passed the trial */
	uint32_t count; /* number of secrets */
	uint32_t expected; /* placeholders in the environment */
	uint32_t parent; /* pid of the process that sets `released`; 0: do not wait */
	uint32_t released;
	/* The report. The process that adopts the hand-off writes it; its children do not. */
	uint32_t state;
	uint32_t adopted; /* environment entries that point into the hand-off */
	uint32_t pid;
	uint32_t executed; /* execve calls of that process since */
	uint32_t verdict; /* enum ct_target of the last one */
	uint32_t generation; /* number of updates */
	struct ct_handoff_secret secrets[];
};
