/*
 * kernel.h - properties of the running kernel, mostly to explain failures.
 */
#pragma once

#include "enforcer/enforce.h"

/* The kernel's BTF contains the function. */
bool kernel_has_function(const char *name);
/* Programs can be attached to functions by kprobes. */
bool kernel_has_kprobes(void);
/* Number of the function's parameters, or -1. */
int kernel_parameters(const char *name);
/* The kernel has BTF, which loading requires. */
bool kernel_has_types(void);

/* The kernel is this release or newer. */
bool kernel_is_since(unsigned int major, unsigned int minor);

/* "none", "integrity", "confidentiality", or "" when unknown. */
const char *kernel_lockdown(void);

/*
 * The preemption mode for a message, or NULL when the kernel does not preempt itself. A preempted tracing program is skipped for
 * other tasks on that processor; a kprobe program while a task that updates a map is preempted.
 */
const char *kernel_preempts(void);
/* How to get a kernel that does not. */
const char *kernel_preemption_remedy(void);
/* The lock is irrevocable, so the node had no preemption when the lock was set, and nothing can change that. */
void kernel_assume_irrevocable_lock(void);
/* Preemption can skip programs of the backend. */
bool kernel_skips(unsigned int backend);

/* A crash kernel, which could read all memory, is loaded. */
bool kernel_has_crash_kernel(void);

/* Why the backend cannot work. false: nothing rules it out. */
bool kernel_lacks_backend(unsigned int backend, char ret_reason[ENFORCE_TEXT]);
