/*
 * pins.h - the directory on a bpffs. Pinned programs stay in force without the enforcer.
 *
 *     ROOT/maps-N/processes …                      shared by all generations (N: CT_MAPS_VERSION)
 *     ROOT/links-<generation>/<backend>-<program>[-<function>]
 *
 * A generation is a set of programs with its options. No dots in names: bpffs refuses them.
 */
#pragma once

#include "enforcer/enforce.h"

#define PINS_PATH 256

#define PINS_MOUNT "/sys/fs/bpf" /* the usual bpffs */

/* Makes ROOT, and mounts a bpffs if there is none. -errno: nothing can be pinned, and a note says why. */
int pins_prepare(const char *root, struct enforce_report *report);

/* NULL when nothing is pinned. */
const char *pins_root(void);
const char *pins_maps_folder(void);
/* The path of a link's pin. function: NULL, or one of several that the program is attached to. */
void pins_link_path(uint64_t generation, const char *backend, const char *program, const char *function,
		    char ret_path[PINS_PATH]);
int pins_make_generation(uint64_t generation);
/* Calls `handle` with each pin's name. Returns how many, or -errno. */
int pins_list(uint64_t generation, void (*handle)(const char *name, void *context), void *context);

/* Removes the links of all generations except one (0: of all). */
int pins_remove_others(uint64_t generation);
int pins_remove_generation(uint64_t generation);
/* Removes ROOT with everything in it; -ENOENT when there is none. */
int pins_remove_all(const char *root);
