/*
 * config.h - options as the BPF programs read them, and the generation number that they result in.
 */
#pragma once

#include "bpf/state.h"
#include "enforcer/enforce.h"

/* The kernel's internal device number (MKDEV). */
__u32 config_device(dev_t device);
/* pins: directory on a bpffs, or NULL. 0 or -errno. */
int config_make(const struct enforce_options *options, const char *pins, struct ct_config *ret_config);

/* A hash of programs and options. */
uint64_t config_generation(const struct ct_config *config, unsigned int backends);
