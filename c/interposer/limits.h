/*
 * limits.h - limits of this process and of the program that it executes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether RLIMIT_FSIZE permits a file of this size, also in memory: exceeding it ends the process by a signal. */
bool ct_may_write_file(uint64_t bytes);

/* Whether the executed program, which may have fewer capabilities, may lock this much memory. */
bool ct_may_lock(uint64_t bytes);
