/*
 * target.h - whether a program can receive a hand-off. Compiled into the shim, for the wrapper, and into the
 * interposer, for programs that the application executes.
 */
#pragma once

#include "handoff.h"

#include <stdbool.h>

/* Why a program receives no hand-off. src/wrapper/child/interposer_verdict.ts has the same order. */
enum ct_target {
	CT_TARGET_ABLE,
	CT_TARGET_UNREADABLE,   /* the file cannot be read; its loader could not open the interposer either */
	CT_TARGET_FORMAT,       /* neither ELF nor a script */
	CT_TARGET_STATIC,       /* no loader that could load the interposer */
	CT_TARGET_SETUID,       /* loaders ignore LD_PRELOAD */
	CT_TARGET_CAPABILITIES, /* loaders ignore LD_PRELOAD */
	CT_TARGET_MACHINE,      /* another architecture */
	CT_TARGET_LOADER,       /* neither glibc's nor musl's, or missing */
	CT_TARGET_SCRIPTS,      /* too many nested script interpreters */
	CT_TARGET_MEMORY,       /* no secret memory, file or descriptor for a hand-off */
	CT_TARGET_PROC,         /* no /proc, through which a loader finds the interposer */
	CT_TARGET_TOO_MUCH,     /* the environment does not fit on the stack */
	CT_TARGET_IDS,          /* real and effective ids differ: loaders ignore LD_PRELOAD */
	CT_TARGET_START,        /* for musl, with its own start code: does not run constructors */
	CT_TARGET_UNTRIED,      /* a different loader than the application's: not tested */
	CT_TARGET_LD,           /* LD_AUDIT or similar: would run before LD_PRELOAD or show it */
};

#define CT_LOADER_BYTES 256

/* Inspects a file. ret_loader: CT_LOADER_BYTES for the path of its loader, or NULL. only: the required loader, or NULL for any. */
enum ct_target ct_inspect_target(const char *path, char *ret_loader, const struct ct_file *only);

/* The same for an open file, which stays open. */
enum ct_target ct_inspect_target_fd(long fd, const struct ct_file *only);

/* The identity of an open file. False: unknown. */
bool ct_identify(long fd, struct ct_file *ret_file);

/* Whether fd is this file. False if unknown. */
bool ct_is_file(long fd, const struct ct_file *file);
