/*
 * kernel.h - what the running kernel says about itself, to explain what does not work on it.
 */
#ifndef CT_KERNEL_H
#define CT_KERNEL_H

#include "enforcer/enforce.h"

/* Whether the type information of the kernel has a function; 0 parameters: absent. */
bool kernel_has_function(const char *name);
/* Number of its parameters, -1: absent. */
int kernel_parameters(const char *name);
/* Whether there is type information at all, without which nothing loads. */
bool kernel_has_types(void);

/* Is it the release or a newer one? */
bool kernel_is_since(unsigned int major, unsigned int minor);

/* "none", "integrity", "confidentiality"; "" when it cannot be read. */
const char *kernel_lockdown(void);

/*
 * Does it interrupt itself to run somebody else, or may it (NULL: no; else in which mode)? A tracing program that
 * is interrupted is skipped for whoever comes then on the same processor; a kprobe's, while anybody who changes a
 * map is.
 */
const char *kernel_preempts(void);
/* The lock is on, which was not to be had where programs are skipped; since then nobody can change that. */
void kernel_assume_sealed(void);
/* Are programs of the backend skipped so? */
bool kernel_skips(unsigned int backend);

/* Is there a kernel to be started when this one crashes, which sees all memory? */
bool kernel_has_crash_kernel(void);

/* Why the backend cannot work here; false: nothing is known against it. */
bool kernel_lacks_backend(unsigned int backend, char ret_reason[ENFORCE_TEXT]);

#endif
