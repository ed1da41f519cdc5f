/*
 * load.h - one BPF object into the kernel, without the programs that this kernel has no place for.
 */
#ifndef CT_LOAD_H
#define CT_LOAD_H

#include "config.h"
#include "bpf_objects.h"

#include <bpf/libbpf.h>

/* What does not load becomes a note, as long as something does. 0, or -errno with the reason. */
int load_object(const struct object *object, const struct ct_config *config, struct enforce_report *report,
		struct bpf_object **ret_loaded, char ret_reason[ENFORCE_TEXT]);

#endif
