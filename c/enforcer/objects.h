/*
 * objects.h - the BPF objects inside this program.
 */
#ifndef CT_OBJECTS_H
#define CT_OBJECTS_H

#include "enforce.h"

#include <stddef.h>

struct object {
	const char *name;
	uint8_t tier; /* CT_TIERS: family tracking, which serves all */
	enum { AT_START, WHEN_NEEDED, WITH_LOCK } when; /* WHEN_NEEDED: see earlier.h; under the lock at the start */
	const void *(*bytes)(size_t *ret_size);
};

#define OBJECTS 11
extern const struct object objects[OBJECTS];
/* Programs that are run by hand (inspect.h). */
extern const struct object inspect_object;

#endif
