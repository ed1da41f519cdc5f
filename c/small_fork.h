/*
 * small_fork.h - a fork without most of our memory (small_fork.c), for arena.c.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* As ct_bare_fork. Call it while the registry of arenas is locked. */
pid_t ct_small_fork(uint64_t flags);
