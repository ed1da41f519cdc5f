/*
 * file_names.h - file names from dentries without a helper: short names, which are all that matter, are inside the
 * dentry. Bytes behind the end are stale, so they are masked.
 */
#pragma once

#include "types.h"

#include "bpf/vectors.h"

#define MAX_INLINE 31

struct ct_name {
	u64 head, tail; /* the first 16 bytes, zero-padded; 0 for a name outside of its dentry */
	u32 length;
};

static __always_inline u64 first_bytes(u64 word, u32 count)
{
	return count >= 8 ? word : word & ((1ull << (count * 8)) - 1);
}

/* Prevents the compiler from evaluating both alternatives. */
#define SETTLE(value) __asm__ volatile("" : "+r"(value))

/*
 * Offset of the inline name. Each kernel has one of the two fields; the other's offset is invalid. Accessing the field
 * itself fails: libbpf rejects arrays of another length.
 */
static __always_inline u64 offset_of_name(void)
{
	u64 offset;

	if (bpf_core_field_exists(struct dentry, d_iname)) {
		offset = bpf_core_field_offset(struct dentry, d_iname);
		SETTLE(offset);
	} else {
		offset = bpf_core_field_offset(struct dentry___shortname, d_shortname.string);
		SETTLE(offset);
	}
	return offset;
}

/* One 8-byte word of the inline name. */
static __always_inline u64 inline_word(struct dentry *dentry, u32 index)
{
	return ((const u64 *)((const char *)dentry + offset_of_name()))[index];
}

static __always_inline struct ct_name name_of(struct dentry *dentry)
{
	struct ct_name name = { .length = dentry->d_name.len };

	if (name.length == 0 || name.length > MAX_INLINE)
		return name;
	name.head = first_bytes(inline_word(dentry, 0), name.length);
	if (name.length > 8)
		name.tail = first_bytes(inline_word(dentry, 1), name.length - 8);
	return name;
}

#define IS(name, text)                                                                             \
	({                                                                                             \
		const char padded_[16] = text;                                                         \
		u64 head_, tail_;                                                                      \
		__builtin_memcpy(&head_, padded_, 8);                                                  \
		__builtin_memcpy(&tail_, padded_ + 8, 8);                                              \
		(name)->length == sizeof(text) - 1 && (name)->head == head_ && (name)->tail == tail_;  \
	})

/* A longer name, compared by its first 16 bytes and its length. */
#define IS_LONG(name, text)                                                                        \
	({                                                                                             \
		u64 head_, tail_;                                                                      \
		__builtin_memcpy(&head_, text, 8);                                                     \
		__builtin_memcpy(&tail_, &text[8], 8);                                                 \
		(name)->length == sizeof(text) - 1 && (name)->head == head_ && (name)->tail == tail_;  \
	})

/* The vector of opening this file below /proc/PID. CT_V_COUNT: harmless. */
static __always_inline u32 vector_of_file(const struct ct_name *name)
{
	if (IS(name, "mem"))
		return CT_V_proc_mem;
	if (IS(name, "environ"))
		return CT_V_proc_environ;
	if (IS(name, "cmdline"))
		return CT_V_proc_cmdline;
	if (IS(name, "maps") || IS(name, "smaps") || IS(name, "smaps_rollup") ||
	    IS(name, "numa_maps") || IS(name, "auxv"))
		return CT_V_proc_maps;
	if (IS(name, "pagemap") || IS(name, "clear_refs"))
		return CT_V_proc_pagemap;
	if (IS(name, "stack") || IS(name, "syscall") || IS(name, "io") || IS(name, "personality") ||
	    IS(name, "coredump_filter"))
		return CT_V_proc_state;
	return CT_V_COUNT;
}
