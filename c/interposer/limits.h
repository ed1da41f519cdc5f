/*
 * limits.h - what the process, and what it executes, may do with memory.
 */
#ifndef CT_LIMITS_H
#define CT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* A file beyond RLIMIT_FSIZE is a signal that ends the process, and memory files are files. */
bool ct_may_write_file(uint64_t bytes);

/* By the program that is executed, which may have fewer rights. */
bool ct_may_lock(uint64_t bytes);

#endif
