/*
 * descendants.h - what a process has made before it registered: a wrapper that meets its agent late has an
 * application already.
 */
#ifndef CT_DESCENDANTS_H
#define CT_DESCENDANTS_H

#include <sys/types.h>

/*
 * Makes members of all descendants of a member. 0, -E2BIG: no room; -EBUSY: one is watched; -EUCLEAN: see
 * opened_before.h; -ECHILD: there are some, and nothing that could take them in. Who could not be taken in is tried anew
 * at the next call.
 */
int descendants_protect(pid_t pid);

#endif
