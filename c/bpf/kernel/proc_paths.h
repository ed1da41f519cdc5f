/*
 * proc_paths.h - the target of a path argument: /proc/PID/NAME, /proc/PID/task/TID/NAME, or NAME relative to a
 * process's directory. It does not follow links, other procfs mounts or dots. Checks of inodes (procfs.bpf.c) have no
 * such gaps.
 *
 * In the memory of the process a path may be missing, because its page was not touched yet, and it may change before
 * the kernel reads it. The kernel's copy of a path has neither gap.
 */
#pragma once

#include "task_lookup.h"

#define AT_FDCWD (-100)

struct ct_path {
	const char *text;
	bool is_copy; /* the kernel's */
};

struct ct_chunk {
	char text[16];
};

/*
 * Always as a string: on arm64 bpf_probe_read_user() refuses an address with a tag, which system calls accept.
 */
static __always_inline long read_text(struct ct_path path, char *to, u32 size)
{
	return path.is_copy ? bpf_probe_read_kernel_str(to, size, path.text) :
			      bpf_probe_read_user_str(to, size, path.text);
}

static __always_inline bool read_chunk(struct ct_path path, struct ct_chunk *chunk)
{
	__builtin_memset(chunk, 0, sizeof(*chunk));
	return read_text(path, chunk->text, sizeof(chunk->text)) > 1;
}

/* Parses a number and the slash behind it. Returns their length, or 0. */
static __always_inline u32 read_number(struct ct_path path, u32 *ret_number)
{
	struct ct_chunk chunk;
	u32 number = 0;

	if (!read_chunk(path, &chunk))
		return 0;
#pragma unroll
	for (u32 index = 0; index < 11; index++) {
		char digit = chunk.text[index];

		if (digit == '/' && index > 0) {
			*ret_number = number;
			return index + 1;
		}
		if (digit < '0' || digit > '9')
			return 0;
		number = number * 10 + (u32)(digit - '0');
	}
	return 0;
}

/* The first component of the path. */
static __always_inline struct ct_name read_name(struct ct_path path)
{
	struct ct_name name = {};
	struct ct_chunk chunk;

	if (!read_chunk(path, &chunk))
		return name;
#pragma unroll
	for (u32 index = 0; index < 16; index++) {
		if (chunk.text[index] == '/' || chunk.text[index] == 0)
			break;
		name.length = index + 1;
	}
	if (!name.length)
		return name;
	name.head = first_bytes(((u64 *)chunk.text)[0], name.length);
	if (name.length > 8)
		name.tail = first_bytes(((u64 *)chunk.text)[1], name.length - 8);
	return name;
}

/* Listing the directory reveals only numbers; its entries matter. */
static __always_inline bool has_more(struct ct_path path, const struct ct_name *name)
{
	char next[3] = {};

	path.text += name->length;
	read_text(path, next, sizeof(next));
	return next[0] == '/' && next[1];
}

static __always_inline u32 vector_of_path(struct ct_path path)
{
	struct ct_name name = read_name(path);
	u32 vector = vector_of_file(&name);

	if (vector != CT_V_COUNT)
		return vector;
	if (IS(&name, "root") || IS(&name, "cwd") || IS(&name, "exe"))
		return CT_V_proc_links;
	if (IS(&name, "fd") || IS(&name, "map_files") || IS(&name, "fdinfo"))
		vector = CT_V_proc_fd;
	else if (IS(&name, "ns"))
		vector = CT_V_namespace_entry;
	return vector != CT_V_COUNT && has_more(path, &name) ? vector : CT_V_COUNT;
}

static __always_inline bool starts_with_proc(const struct ct_chunk *chunk)
{
	const char *text = chunk->text;

	return text[1] == 'p' && text[2] == 'r' && text[3] == 'o' && text[4] == 'c' && text[5] == '/';
}

static __always_inline bool is_task_directory(struct ct_path path)
{
	struct ct_chunk chunk;
	const char *text = chunk.text;

	return read_chunk(path, &chunk) && text[0] == 't' && text[1] == 'a' && text[2] == 's' &&
	       text[3] == 'k' && text[4] == '/';
}

/* The process of the path; moves path->text behind its directory. NULL: none. */
static __always_inline struct task_struct *task_by_path(int directory, struct ct_path *path)
{
	struct task_struct *task;
	struct ct_chunk chunk;
	u32 number, length;

	if (!read_chunk(*path, &chunk))
		return NULL;
	if (chunk.text[0] != '/') {
		task = task_by_directory(directory);
	} else {
		if (!starts_with_proc(&chunk))
			return NULL;
		path->text += sizeof("/proc/") - 1;
		length = read_number(*path, &number);
		if (!length)
			return NULL;
		path->text += length;
		task = task_by_number(number);
	}
	if (task && is_task_directory(*path)) {
		path->text += sizeof("task/") - 1;
		length = read_number(*path, &number);
		path->text += length;
	}
	return task;
}
