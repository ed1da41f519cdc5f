/*
 * target.h - whether a program can take a hand-off over. Compiled twice: into the shim, for the
 * wrapper, and into the interposer, for what the application executes.
 */
#ifndef CT_TARGET_H
#define CT_TARGET_H

#include "handoff.h"

#include <stdbool.h>

/* Why a program gets its environment in the ordinary way. Order and meaning: src/wrapper/child/interposer_verdict.ts. */
enum ct_target {
	CT_TARGET_ABLE,
	CT_TARGET_UNREADABLE,   /* the file cannot be read: nor could its loader open the interposer */
	CT_TARGET_FORMAT,       /* neither ELF nor a script */
	CT_TARGET_STATIC,       /* no loader, nobody to load the interposer */
	CT_TARGET_SETUID,       /* loaders ignore LD_PRELOAD */
	CT_TARGET_CAPABILITIES, /* the same */
	CT_TARGET_MACHINE,      /* another architecture */
	CT_TARGET_LOADER,       /* neither glibc's nor musl's, or not there */
	CT_TARGET_SCRIPTS,      /* interpreters of interpreters */
	CT_TARGET_MEMORY,       /* no secret memory, file or descriptor for a handoff */
	CT_TARGET_PROC,         /* no /proc through which a loader finds the interposer */
	CT_TARGET_TOO_MUCH,     /* more variables than the stack has room for */
	CT_TARGET_IDS,          /* the process acts as another user or group: loaders ignore LD_PRELOAD */
	CT_TARGET_START,        /* of musl, with a start of its own: it runs no constructors */
	CT_TARGET_UNTRIED,      /* another loader than the application's own: nobody knows what it does */
	CT_TARGET_LD,           /* LD_AUDIT and the like: somebody comes before LD_PRELOAD, or wants to see it */
};

#define CT_LOADER_BYTES 256

/* The verdict on a file. ret_loader: CT_LOADER_BYTES for the path of its loader, or NULL. only: the loader that may be, or NULL. */
enum ct_target ct_inspect_target(const char *path, char *ret_loader, const struct ct_file *only);

/* The same for an open file, which stays open. */
enum ct_target ct_inspect_target_fd(long fd, const struct ct_file *only);

/* Which file it is. False: it cannot be told. */
bool ct_identify(long fd, struct ct_file *ret_file);

/* False too when it cannot be told. */
bool ct_is_file(long fd, const struct ct_file *file);

#endif
