/*
 * adopt.h - what the process has taken over, for the calls that hand it on.
 */
#ifndef CT_ADOPT_H
#define CT_ADOPT_H

#include "handoff.h"
#include "raw.h"

#include <stddef.h>

/*
 * libc's own name for it: a program may have a variable `environ` that is another. On musl it is set before
 * constructors run, on glibc after the first of them.
 */
extern char **__environ __attribute__((weak));

/* NULL when this process was handed nothing. */
extern struct ct_handoff *ct_handoff;

/* The interposer's own file, to hand it on. */
extern const char *ct_own_file;
extern uint64_t ct_own_file_bytes;

/* How many filters of system calls the process had when it started. */
extern uint32_t ct_filters_at_start;

/* How many it has now; UINT32_MAX: /proc does not say. */
uint32_t ct_count_filters(void);

/*
 * Once: whoever is first. That is our constructor, but for a library that begins before it: glibc lets one go
 * first, the last that asks for it, and so did libpthread before 2.34.
 */
void ct_adopt_handoff(char **env);

/* The path under which the loader lists us means nothing to others. */
void ct_hide_own_path(void);

/* Entries of the environment follow secrets that were updated. */
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

#endif
