/*
 * bpf.h - bpf(2) without a library: programs as instructions, maps with one value, the kernel's types.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_INSTRUCTIONS = 40 };
enum { AFTER_VARIABLE = 4, MEMBER = 12, PAIR = 8, KINDS = 20 };

struct code {
	struct bpf_insn at[MOST_INSTRUCTIONS];
	unsigned count;
};

/* The system call: its result, or -errno. */
static inline int bpf_call(int command, union bpf_attr *attributes)
{
	long result = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return result < 0 ? -errno : (int)result;
}

/* A map with one value: its descriptor, or -errno. */
static inline int make_map(const char *name, enum bpf_map_type type, unsigned value_size)
{
	union bpf_attr map = { .map_type = type, .key_size = 4, .value_size = value_size, .max_entries = 1 };

	(void)strncpy(map.map_name, name, sizeof(map.map_name) - 1);
	return bpf_call(BPF_MAP_CREATE, &map);
}

static inline int map_value(int map, unsigned key, void *value)
{
	union bpf_attr one = { .map_fd = (unsigned)map, .key = (uintptr_t)&key, .value = (uintptr_t)value };

	return bpf_call(BPF_MAP_LOOKUP_ELEM, &one);
}

static inline int set_map_value(int map, unsigned key, const void *value)
{
	union bpf_attr one = { .map_fd = (unsigned)map, .key = (uintptr_t)&key, .value = (uintptr_t)value };

	return bpf_call(BPF_MAP_UPDATE_ELEM, &one);
}

static inline int load_code(const struct code *code, enum bpf_prog_type type, unsigned attach_type, unsigned attach_btf_id)
{
	union bpf_attr program = { .prog_type = type,
				   .insns = (uintptr_t)code->at,
				   .insn_cnt = code->count,
				   .license = (uintptr_t)"GPL",
				   .expected_attach_type = attach_type,
				   .attach_btf_id = attach_btf_id,
				   .prog_flags = attach_btf_id != 0 ? BPF_F_SLEEPABLE : 0 };

	return bpf_call(BPF_PROG_LOAD, &program);
}

/* Appends one instruction. */
static inline void emit(struct code *code, int operation, int to, int from, int offset, int number)
{
	struct bpf_insn *one = &code->at[code->count++];

	*one = (struct bpf_insn){ .code = (uint8_t)operation, .off = (int16_t)offset, .imm = number };
	one->dst_reg = (uint8_t)(to & 0xf);
	one->src_reg = (uint8_t)(from & 0xf);
}

static inline void emit_address(struct code *code, int to, int from, unsigned long long number)
{
	emit(code, BPF_LD | BPF_DW | BPF_IMM, to, from, 0, (int)(uint32_t)number);
	emit(code, 0, 0, 0, 0, (int)(uint32_t)(number >> 32));
}

/* In the context of process `pid`: copies `length` bytes at `address` into the map. */
static inline void emit_theft(struct code *code, int pid, int map, unsigned long long address, size_t length)
{
	emit(code, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid);
	emit(code, BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32);
	emit(code, BPF_JMP | BPF_JNE | BPF_K, 0, 0, 12, pid);
	emit(code, BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
	emit(code, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4);
	emit_address(code, 1, BPF_PSEUDO_MAP_FD, (unsigned)map);
	emit(code, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	emit(code, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5, 0);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, 0, 0);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, (int)length);
	emit_address(code, 3, 0, address);
	emit(code, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_user);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	emit(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Size of what follows a type's header. */
static inline size_t tail_of(const struct btf_type *type)
{
	static const size_t fixed[KINDS] = { [BTF_KIND_INT] = AFTER_VARIABLE, [BTF_KIND_ARRAY] = MEMBER,
					     [BTF_KIND_VAR] = AFTER_VARIABLE, [BTF_KIND_DECL_TAG] = AFTER_VARIABLE };
	static const size_t each[KINDS] = { [BTF_KIND_STRUCT] = MEMBER, [BTF_KIND_UNION] = MEMBER,
					    [BTF_KIND_ENUM] = PAIR,	[BTF_KIND_FUNC_PROTO] = PAIR,
					    [BTF_KIND_DATASEC] = MEMBER, [BTF_KIND_ENUM64] = MEMBER };
	unsigned kind = BTF_INFO_KIND(type->info);

	return kind < KINDS ? fixed[kind] + each[kind] * BTF_INFO_VLEN(type->info) : 0;
}

static inline int search_types(const char *all, const char *name)
{
	const struct btf_header *head = (const void *)all;
	const char *types = all + head->hdr_len + head->type_off, *names = all + head->hdr_len + head->str_off;
	int id = 1;

	for (size_t at = 0; at < head->type_len; id++) {
		const struct btf_type *type = (const void *)(types + at);

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC && strcmp(names + type->name_off, name) == 0)
			return id;
		at += sizeof(*type) + tail_of(type);
	}
	return -ESRCH;
}

/* The id of a kernel function in the kernel's BTF, or -errno. */
static inline int btf_function(const char *name)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC), id = -ENOENT;
	struct stat about;
	size_t have = 0, size;
	char *all;

	if (fd < 0 || fstat(fd, &about) < 0)
		return -errno;
	size = (size_t)about.st_size;
	all = malloc(size);
	while (all != NULL && have < size) {
		ssize_t got = read(fd, all + have, size - have);

		if (got <= 0)
			break;
		have += (size_t)got;
	}
	if (all != NULL && have == size)
		id = search_types(all, name);
	free(all);
	(void)close(fd);
	return id;
}
