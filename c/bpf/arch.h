/*
 * arch.h - what differs between processors: the user's registers at the entry of a system call, and the numbers of the
 * calls. Each processor has a table for its own programs and one for 32-bit programs ("compat").
 */
#pragma once

#include "bpf/event.h"
#include "bpf/kernel/types.h"

/* A call that belongs to no vector. */
#define CT_V_OTHER (CT_V_COUNT + 1)

struct ct_arguments {
	u64 a, b, c, d, e;
};

#if defined(__TARGET_ARCH_x86)
#include "bpf/arch/x86.inc.h"
#elif defined(__TARGET_ARCH_arm64)
#include "bpf/arch/arm64.inc.h"
#else
#error "the BPF programs know x86 and arm64"
#endif
