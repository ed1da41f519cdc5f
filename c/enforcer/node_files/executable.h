/*
 * executable.h - checks whether a file may be executed as the enforcer. It works on descriptors, because a path may
 * change.
 */
#pragma once

#include <stdbool.h>

/*
 * The file has the same bytes as this program, belongs to root alone, and cannot be written while `fd` (open for
 * reading) stays open. false: errno says why.
 */
bool executable_is_ours(int fd);

/* An active lock guards this inode, so the file is unchanged. */
bool executable_is_guarded(int fd);

/* Writes this program to `fd`. -1 with errno. */
int executable_write(int fd);
