/*
 * links.h - the attached programs.
 */
#pragma once

#include "enforcer/enforce.h"

#include <bpf/libbpf.h>

/* Attaches, and pins if configured, all programs of a loaded object. Returns how many, or -errno. */
int links_attach(struct bpf_object *object, uint8_t backend, uint64_t generation, struct enforce_report *report);
/* Reports a program as attached that is attached when needed. */
void links_claim(uint8_t backend, const char *program);
/* Adopts the pinned links. Returns how many, or -errno. */
int links_adopt(uint64_t generation);
/* Detaches the programs of a backend and removes their pins. */
void links_detach(uint8_t backend);
/* Closes all links at exit. Pinned ones stay attached. */
void links_leave(void);

void links_list(struct enforce_report *report);
bool links_has(uint8_t backend);
bool links_has_program(uint8_t backend, const char *program);
