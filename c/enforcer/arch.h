/*
 * arch.h - what differs between processors.
 */
#pragma once

#if defined(__x86_64__)

/* The kernel's names of a system call begin so. The last one is of x32. */
#define SYSCALL_ENTRIES "__x64_", "__ia32_", "__ia32_compat_", "__x64_compat_"
#define OLDEST_KERNEL "5.15"
/* What attaching to functions of the kernel (LSM, fmod_ret, fentry) needs beside BTF. NULL: nothing. */
#define ATTACHING_NEEDS_FUNCTION NULL
#define ATTACHING_NEEDS ""

#elif defined(__aarch64__)

#define SYSCALL_ENTRIES "__arm64_", "__arm64_compat_"
#define OLDEST_KERNEL "5.18" /* earlier ones cannot compile an atomic operation that returns a value */
#define ATTACHING_NEEDS_FUNCTION "register_ftrace_direct"
#define ATTACHING_NEEDS                                                                            \
	"on arm64 attaching to kernel functions needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, which this kernel lacks: use " \
	"Linux 6.4 or newer"

#else
#error "the enforcer knows x86_64 and aarch64"
#endif
