/*
 * transfer.h - the two files that one execve passes on: a hand-off and the interposer.
 */
#pragma once

#include "target.h"

#include <stddef.h>
#include <stdint.h>

struct transfer {
	long handoff, own_file;             /* descriptors, close-on-exec; -1: none */
	long handoff_there, own_file_there; /* their numbers in the program */
	uint32_t expected;              /* placeholders in the environment */
	size_t place;                   /* index of the first one, which LD_PRELOAD may replace */
	uint32_t replaced_secret;       /* its secret */
};

/*
 * Copies the environment of at most `count` entries (other threads may change it) to ret_env, with `NAME=` in place of
 * secrets, and counts them. Compares content, because shells make their own copies. A secret that the application has
 * emptied itself is passed in the ordinary way. ret_wanted: one zeroed byte for each secret, set here.
 */
void ct_replace_secrets(char *const *env, size_t count, char **ret_env, unsigned char *ret_wanted, struct transfer *transfer);

/*
 * CT_TARGET_ABLE, or why there can be no hand-off. Call ct_close_transfer in any case. For another process it reserves
 * separate descriptor numbers: posix_spawn(3) before glibc 2.29 cannot keep the same ones.
 */
enum ct_target ct_make_transfer(struct transfer *transfer, const unsigned char *wanted, bool in_other_process);

void ct_close_transfer(const struct transfer *transfer);
