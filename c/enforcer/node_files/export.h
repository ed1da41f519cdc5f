/*
 * export.h - the directory for pods: DIRECTORY/export, a read-only mount of DIRECTORY/shared, which holds only the
 * socket. DIRECTORY is the socket's. The mount is locked: neither CAP_SYS_ADMIN nor a container runtime asked for "rw"
 * can make it or a copy writable.
 */
#pragma once

#include <stdbool.h>

/* Holds a second link to the socket. */
#define EXPORT_SHARED "shared"

struct export {
	char path[256];   /* to mount into pods */
	bool locked;
	char reason[256]; /* why it failed or is not locked */
	const char *remedy;
};

/* Creates the mount in this mount namespace unless it exists. It outlives this process. -errno. */
int export_make(const char *socket, struct export *ret_export);

/* Removes the mount. 0 when there is none. */
int export_remove(const char *socket, struct export *ret_export);
