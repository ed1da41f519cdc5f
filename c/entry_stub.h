/*
 * entry_stub.h - what the entry stub (tools/base/stub.c) asks of the shim, which the loader maps before Deno starts.
 */
#pragma once

/* A type of the auxiliary vector that Linux does not use. Its value: where the shim writes the address of fork(3). */
#define CT_AT_FORK 0x43540001
