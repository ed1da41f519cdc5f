/*
 * bpf_objects.h - the BPF objects embedded in this program.
 */
#pragma once

#include "enforcer/enforce.h"

#include <stddef.h>

struct object {
	const char *name;
	uint8_t backend; /* CT_BACKENDS: process tracking, used by all */
	enum { AT_START, WHEN_NEEDED, WITH_LOCK } when; /* WHEN_NEEDED: see processes/opened_before.h; with the lock, at the start */
	const void *(*bytes)(size_t *ret_size);
};

#define OBJECTS 11
extern const struct object objects[OBJECTS];
/* Programs that processes/inspect.h runs on demand. */
extern const struct object inspect_object;
