/*
 * arch.h - an instruction that no processor has, as assembler: SIGILL.
 */
#pragma once

#if defined(__x86_64__)
#define NO_INSTRUCTION "ud2"
#elif defined(__aarch64__)
#define NO_INSTRUCTION "udf #0"
#else
#error "the native tests know x86_64 and aarch64"
#endif
