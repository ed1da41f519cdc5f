/*
 * bpf_calls.h - bpf() without a library: programs in bytes, maps of one value.
 */
#ifndef ATTACKS_BPF_CALLS_H
#define ATTACKS_BPF_CALLS_H

#include <linux/bpf.h>
#include <stddef.h>

enum { MOST_INSTRUCTIONS = 40 };

struct code {
	struct bpf_insn at[MOST_INSTRUCTIONS];
	unsigned count;
};

/* The system call: its result, or -errno. */
int bpf_call(int command, union bpf_attr *attributes);
/* A map with one value, or with one for a process; its descriptor or -errno. */
int make_map(const char *name, enum bpf_map_type type, unsigned value_size);
int map_value(int map, unsigned key, void *value);
int set_map_value(int map, unsigned key, const void *value);
int load_code(const struct code *code, enum bpf_prog_type type, unsigned attach_type, unsigned attach_btf_id);
/* Appends one instruction. */
void emit(struct code *code, int operation, int to, int from, int offset, int number);
void emit_address(struct code *code, int to, int from, unsigned long long number);
/* In the context of process `pid`: copies `length` bytes at `address` into the map. */
void emit_theft(struct code *code, int pid, int map, unsigned long long address, size_t length);
/* The number of a kernel function in the kernel's BTF, or -errno. */
int btf_function(const char *name);

#endif
