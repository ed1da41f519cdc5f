/*
 * executable.h - may this file be executed as the enforcer? Everything is asked of a descriptor, never of a
 * path, because a path may lead elsewhere the next moment.
 */
#ifndef CT_EXECUTABLE_H
#define CT_EXECUTABLE_H

#include <stdbool.h>

/*
 * Whether the file holds our very bytes, belongs to us alone, and cannot be written as long as `fd` (opened
 * for reading) stays open. false: errno says why.
 */
bool executable_is_ours(int fd);

/* Whether a lock that is in force guards this very inode: then nobody has changed the file since. */
bool executable_is_guarded(int fd);

/* Writes our bytes to `fd`; -1 with errno. */
int executable_write(int fd);

#endif
