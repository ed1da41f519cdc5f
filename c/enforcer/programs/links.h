/*
 * links.h - what is attached now.
 */
#ifndef CT_LINKS_H
#define CT_LINKS_H

#include "enforcer/enforce.h"

#include <bpf/libbpf.h>

/* Attaches, and pins when there is where, all programs of a loaded object. How many, or -errno. */
int links_attach(struct bpf_object *object, uint8_t backend, uint64_t generation, struct enforce_report *report);
/* Counts a program as attached that attaches as soon as it is needed. */
void links_claim(uint8_t backend, const char *program);
/* Takes over the links that are pinned. How many, or -errno. */
int links_adopt(uint64_t generation);
/* Detaches those of a backend, their pins included. */
void links_detach(uint8_t backend);
/* Our end: what is pinned stays. */
void links_leave(void);

void links_list(struct enforce_report *report);
bool links_has(uint8_t backend);
bool links_has_program(uint8_t backend, const char *program);

#endif
