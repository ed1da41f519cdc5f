/*
 * maps.h - the maps that all objects share. They live as long as a program, a pin or this process refers to them.
 */
#pragma once

#include "bpf/state.h"

#include <bpf/libbpf.h>

enum map { MAP_PROCESSES, MAP_TREES, MAP_FORKING_TASKS, MAP_STATE, MAP_COUNTS, MAP_EVENTS, MAP_AGENT_CGROUPS, MAP_TOTALS, MAP_OPENED_BEFORE,
	   MAP_SAVED, MAP_CODE_FILES, MAPS };

/* Opens the maps pinned in `folder`, or creates and pins them. NULL: not pinned. */
int maps_open(const char *folder);
void maps_close(void);
int maps_fd(enum map map);

/* Makes an object that is not loaded yet use the shared maps. */
int maps_share(struct bpf_object *object);

int maps_read_state(struct ct_state *ret_state);
int maps_read_totals(struct ct_totals *ret_totals);
int maps_write_state(const struct ct_state *state);
uint64_t maps_count(unsigned int slot, unsigned int backend, unsigned int vector);
