/*
 * process.h - the border between spawn.c, which makes a process, and process.c, which keeps book.
 */
#ifndef CT_PROCESS_H
#define CT_PROCESS_H

#include "internal.h"

/* AddressSanitizer remembers the frames of an earlier child that never returned from them. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define CT_FRESH_STACK(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define CT_FRESH_STACK(at, bytes) (void)(at)
#endif

/*
 * The pid of a new process, or -errno when there is none. *ret_error: 0, or execve's errno: the
 * process is then about to end with 127 and has to be waited for. *ret_pidfd: -1 before Linux 5.2.
 */
int32_t ct_give_birth(const struct ct_spawn *what, int32_t *ret_pidfd, int *ret_error);

#endif
