/*
 * transfer.h - what goes along with one execve.
 */
#ifndef CT_TRANSFER_H
#define CT_TRANSFER_H

#include "target.h"

#include <stddef.h>
#include <stdint.h>

struct transfer {
	long handoff, own_file;             /* descriptors, close-on-exec; -1: none */
	long handoff_there, own_file_there; /* what the program has them as */
	uint32_t expected;              /* entries of the environment that stand for a secret */
	size_t place;                   /* the first of them, which LD_PRELOAD may take */
	uint32_t replaced_secret;              /* and its secret */
};

/*
 * Counts the secrets in the environment of at most `count` entries (other threads may change it); ret_env is
 * the environment with `NAME=` in their place. They are known by their content: shells make their own
 * copies. Where the application has emptied one itself, that one travels in the ordinary way. ret_wanted:
 * one zero byte for each secret, filled in.
 */
void ct_replace_secrets(char *const *env, size_t count, char **ret_env, unsigned char *ret_wanted, struct transfer *transfer);

/*
 * CT_TARGET_ABLE, or why nothing can be handed over; ct_close_transfer in any case. For another process numbers
 * are reserved under which it shall have them: posix_spawn(3) before glibc 2.29 cannot keep the same.
 */
enum ct_target ct_make_transfer(struct transfer *transfer, const unsigned char *wanted, bool in_other_process);

void ct_close_transfer(const struct transfer *transfer);

#endif
