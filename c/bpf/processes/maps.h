/*
 * maps.h - maps and configuration, the same in every object. User space makes all objects share one set of maps, by
 * name (enforcer/processes/maps.c).
 */
#pragma once

#include "bpf/kernel/types.h"

#include "bpf/state.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MAX_PROCESSES);
	__type(key, u32);
	__type(value, struct ct_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MAX_TREES);
	__type(key, u32);
	__type(value, struct ct_tree);
} process_trees SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CT_MAX_FORKING_TASKS);
	__type(key, u64);
	__type(value, struct ct_forking_task);
} forking_tasks SEC(".maps");

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
	__uint(max_entries, CT_MAX_AGENT_CGROUPS);
	__type(key, u64);
	__type(value, u32);
} agent_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MAX_OPENED_BEFORE);
	__type(key, u64);
	__type(value, u32);
} opened_before SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_MAX_CODE_FILES);
	__type(key, u64);
	__type(value, u32);
} code_files SEC(".maps");

/* In a section of its own, which user space can set without knowing other constants. */
const volatile struct ct_config config SEC(".rodata.config");

char LICENSE[] SEC("license") = "GPL";

static __always_inline struct ct_totals *find_totals(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&totals, &zero);
}
