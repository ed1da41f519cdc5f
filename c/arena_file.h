/*
 * arena_file.h - the border between arena.c, which maps, and arena_file.c, which knows files.
 */
#ifndef CT_ARENA_FILE_H
#define CT_ARENA_FILE_H

#include "internal.h"

#include <sys/types.h>

/* A file by its identity, not by a descriptor. Both 0: none, the memory is anonymous. */
struct ct_file {
	dev_t device;
	ino_t number;
};

bool ct_file_is_secretmem(int fd);

/* The descriptor that a call answered, when it is a new file of that kind; -errno, or -EBADFD: it is another file. */
int ct_verify_new_file(long fd, bool is_secret);

/* Whether it is a file of that kind at all, and may be sized, written and closed. */
bool ct_file_is_memory(int fd);

/* 0. Gives a new file its size and fixes it there. -EINVAL: it has another one. */
int ct_fix_file_size(int fd, size_t bytes, struct ct_file *ret_file);

/* What ct_arena_fd_is_open answers. */
int32_t ct_file_is_open(const struct ct_file *file);

#endif
