/*
 * maps.h - maps and configuration, in every object the same. User space lets all objects share the maps of
 * the first (enforcer/objects.c), by name.
 */
#ifndef CT_MAPS_H
#define CT_MAPS_H

#include "types.h"

#include "state.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MOST_MEMBERS);
	__type(key, u32);
	__type(value, struct ct_member);
} members SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MOST_FAMILIES);
	__type(key, u32);
	__type(value, struct ct_family);
} families SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CT_NEWBORNS);
	__type(key, u64);
	__type(value, struct ct_newborn);
} newborns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ct_totals);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_COUNTS);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CT_RING_BYTES);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CT_AGENT_CGROUPS);
	__type(key, u64);
	__type(value, u32);
} agent_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MOST_OPENED);
	__type(key, u64);
	__type(value, u32);
} opened SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MOST_CODE_FILES);
	__type(key, u64);
	__type(value, u32);
} code_files SEC(".maps");

/* A section of its own: user space writes it without knowing what else is constant. */
const volatile struct ct_config config SEC(".rodata.config");

char LICENSE[] SEC("license") = "GPL";

static __always_inline struct ct_totals *the_totals(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&totals, &zero);
}

#endif
