/*
 * config.h - options as the programs see them, and which generation of programs that makes.
 */
#ifndef CT_CONFIG_H
#define CT_CONFIG_H

#include "bpf/state.h"
#include "enforcer/enforce.h"

/* A device number as the kernel has it inside (MKDEV), not as it tells it. */
__u32 config_device(dev_t device);
/* pins: the folder on a bpffs, NULL: none. 0 or -errno. */
int config_make(const struct enforce_options *options, const char *pins, struct ct_config *ret_config);

/* The same programs with the same options have the same number. */
uint64_t config_generation(const struct ct_config *config, unsigned int backends);

#endif
