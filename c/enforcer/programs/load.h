/*
 * load.h - loads a BPF object without the programs that this kernel does not support.
 */
#pragma once

#include "bpf_objects.h"
#include "config.h"

#include <bpf/libbpf.h>

/* What to do about EPERM from bpf(2): depends on whether the capabilities are held. */
const char *load_remedy(void);

/* Programs that do not load become notes, unless all fail. 0, or -errno with the reason. */
int load_object(const struct object *object, const struct ct_config *config, struct enforce_report *report,
		struct bpf_object **ret_loaded, char ret_reason[ENFORCE_TEXT]);
