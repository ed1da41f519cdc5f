/*
 * adopt.h - the hand-off of this process, for the functions that pass it on.
 */
#pragma once

#include "handoff.h"
#include "raw.h"

#include <stddef.h>

/*
 * libc's internal name: a program may have its own variable `environ`. musl sets it before constructors run, glibc
 * after the first of them.
 */
extern char **__environ __attribute__((weak));

/* NULL: this process received no hand-off. */
extern struct ct_handoff *ct_handoff;

/* The interposer's own file, to pass it on. */
extern const char *ct_own_file;
extern uint64_t ct_own_file_bytes;

/* Number of seccomp filters when the process started. */
extern uint32_t ct_filters_at_start;

/* Their number now; UINT32_MAX: /proc does not show it. */
uint32_t ct_count_filters(void);

/*
 * Adopts the hand-off at the first call. That is our constructor's, unless another library runs earlier: glibc runs
 * one library first, the last one marked initfirst, as libpthread was before 2.34.
 */
void ct_adopt_handoff(char **env);

/* Replaces the path in the loader's list, which is useless for other processes (own_path.c). */
void ct_hide_own_path(void);

/* Points entries of the environment to updated secrets. */
void ct_follow_updates(void);

static inline char **ct_environment(void)
{
	return &__environ != NULL ? __environ : NULL;
}

/* The value of `NAME=` in the environment, or NULL. Not getenv: the program may have one of its own. */
static inline const char *ct_find_value(const char *name)
{
	for (char **entry = ct_environment(); entry != NULL && *entry != NULL; entry++)
		if (ct_starts_with(*entry, name))
			return *entry + ct_strlen(name);
	return NULL;
}

static inline const char *ct_handoff_text(const struct ct_handoff *handoff, uint32_t offset)
{
	return (const char *)handoff + offset;
}
