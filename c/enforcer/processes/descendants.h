/*
 * descendants.h - protects the existing children of a process that registers: a wrapper that connects to its agent late
 * already has an application.
 */
#pragma once

#include <sys/types.h>

/*
 * Protects all descendants of a protected process. 0. -E2BIG: no room. -EBUSY: one is traced. -EUCLEAN: see
 * opened_before.h. -ECHILD: there are some, and no program can protect them. The next call tries again.
 */
int descendants_protect(pid_t pid);
