/*
 * handoff.h - what is handed over at execve, in secret memory that both sides map: the strings, and
 * the page in which the interposer says what it did with them. Made by the wrapper (c/handoff.c) for
 * the application, and by the interposer in the application for what that executes.
 *
 * The environment holds `NAME=` in place of each string, and LD_PRELOAD names the interposer's file, behind
 * what the application preloads itself. Where it preloads nothing, LD_PRELOAD stands in the place of one of
 * the strings: so that there are as many entries as there will be, and what is behind them stays there.
 * What else has to be known is a note at the end of that file.
 */
#ifndef CT_HANDOFF_H
#define CT_HANDOFF_H

#include <stdint.h>

#define CT_PRELOAD "LD_PRELOAD="
/* Not as others would write it: glibc tells libraries apart by name. */
#define CT_FD_PATH "/proc/self/fd/./"

#define CT_NOTE_MAGIC 0x45544f4eu
#define CT_HANDOFF_MAGIC 0x4c435250u
#define CT_HANDOFF_VERSION 3u
#define CT_NO_SECRET UINT32_MAX

/* src/wrapper/child/handoff.ts writes it too. */
struct ct_note {
	uint32_t magic;
	uint32_t handoff; /* its descriptor */
	uint64_t bytes; /* of the handoff */
	uint32_t replaced_secret; /* the secret in whose place LD_PRELOAD stands, or CT_NO_SECRET */
	uint32_t unused;
};

/* A file, wherever it is found. 0, 0: none. */
struct ct_file {
	uint64_t device, inode;
};

/* One string. Offsets count from the start of the hand-off. */
struct ct_handoff_secret {
	uint32_t entry; /* NAME=value and its NUL, as it is now */
	uint32_t length; /* with the NUL; 0: it did not come along */
	uint32_t placeholder; /* NAME= and its NUL */
	uint32_t other; /* where it stood before, or will stand next; 0: it is not updated */
	uint32_t room; /* bytes of each of the two places */
};

enum ct_handoff_state {
	CT_HANDOFF_SENT,    /* nobody has looked at it yet */
	CT_HANDOFF_ADOPTED, /* the environment points into it */
};

struct ct_handoff {
	uint32_t magic, version;
	uint64_t bytes; /* of the whole handoff */
	struct ct_file loader; /* the one that is known to bring the interposer */
	uint32_t count; /* of secrets */
	uint32_t expected; /* entries of the environment that stand for one */
	uint32_t parent; /* who releases it; 0: it waits for nobody */
	uint32_t released;
	/* The report. Whoever adopts it writes here, and later only its first process. */
	uint32_t state;
	uint32_t adopted; /* entries that point into it */
	uint32_t pid;
	uint32_t executed; /* execve calls of that process since */
	uint32_t verdict; /* enum ct_target of the last */
	uint32_t generation; /* counts updates: entries have moved */
	struct ct_handoff_secret secrets[];
};

#endif
