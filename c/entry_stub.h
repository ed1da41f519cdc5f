/*
 * entry_stub.h - what the entry stub (tools/base/stub.c) and the shim pass to each other while the loader works, before
 * Deno starts.
 */
#pragma once

#include <stdint.h>

/* A type of the auxiliary vector that Linux does not use. Its value: the address of a struct ct_stub. */
#define CT_AT_STUB 0x43540001
#define CT_STUB_LIBRARIES 16

struct ct_stub {
	int (*fork)(void); /* the shim writes the address of fork(3) */
	const void *table; /* and of its ct_table */
	uint64_t library_count;
	struct {
		uint64_t fd;     /* of the memory file from which the loader maps it */
		uint64_t offset; /* of the same bytes in the executable's file */
	} libraries[CT_STUB_LIBRARIES];
};
