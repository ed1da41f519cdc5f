/*
 * bpf_objects.h - the BPF objects inside this program.
 */
#ifndef CT_BPF_OBJECTS_H
#define CT_BPF_OBJECTS_H

#include "enforcer/enforce.h"

#include <stddef.h>

struct object {
	const char *name;
	uint8_t backend; /* CT_BACKENDS: family tracking, which serves all */
	enum { AT_START, WHEN_NEEDED, WITH_LOCK } when; /* WHEN_NEEDED: see opened_before.h; under the lock at the start */
	const void *(*bytes)(size_t *ret_size);
};

#define OBJECTS 11
extern const struct object objects[OBJECTS];
/* Programs that are run by hand (inspect.h). */
extern const struct object inspect_object;

#endif
