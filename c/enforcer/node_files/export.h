/*
 * export.h - the directory that pods are given: a read-only mount, DIRECTORY/export, of DIRECTORY/shared, which
 * holds the socket and nothing else. DIRECTORY is the socket's own. The mount is locked: not even who may mount
 * (CAP_SYS_ADMIN), nor a container runtime that is asked for "rw", makes it or a copy of it writable.
 */
#ifndef CT_EXPORT_H
#define CT_EXPORT_H

#include <stdbool.h>

/* The socket's second name lies here, beside the socket. */
#define EXPORT_SHARED "shared"

struct export {
	char path[256];   /* what is to be mounted into pods */
	bool locked;
	char reason[256]; /* of a failure, or why it is not locked */
	const char *remedy;
};

/* Makes the mount in our mount namespace, unless it is there; -errno. It stays when we end. */
int export_make(const char *socket, struct export *ret_export);

/* Takes it away; 0 also when there is none. */
int export_remove(const char *socket, struct export *ret_export);

#endif
