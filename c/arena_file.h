/*
 * arena_file.h - the files behind arenas (arena_file.c).
 */
#pragma once

#include "internal.h"

#include <sys/types.h>

/* Identity of a file, independent of descriptors. Both 0: none, the memory is anonymous. */
struct ct_file {
	dev_t device;
	ino_t number;
};

bool ct_file_is_secretmem(int fd);

/* fd, the result of a system call, if it is a new file of that kind. fd < 0: -errno. -EBADFD: it is not such a file. */
int ct_verify_new_file(long fd, bool is_secret);

/* Whether it is a file of either kind, so that it may be resized, written and closed. */
bool ct_file_is_memory(int fd);

/* 0. Sets the size of an empty file and seals it. -EINVAL: the file has a different size. */
int ct_fix_file_size(int fd, size_t bytes, struct ct_file *ret_file);

/* Result of ct_arena_fd_is_open. */
int32_t ct_file_is_open(const struct ct_file *file);
