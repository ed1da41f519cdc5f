/*
 * target.c - inspects a program like the kernel and the loader will. In doubt the verdict is no: a program that gets a
 * hand-off but does not load the interposer would see empty secrets.
 */
#include "target.h"
#include "musl.h"
#include "raw.h"

#include <elf.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#define SCRIPTS 4 /* one less than the kernel's limit */
#define HEAD 256  /* bytes that the kernel reads to detect a file's format */
#define MOST_SEGMENTS 64
/* From <sys/stat.h>, which conflicts with <linux/stat.h>. */
#define MODE_KIND 0170000
#define MODE_REGULAR 0100000
#define MODE_SET_IDS 06000

struct search {
	char *ret_loader;
	const struct ct_file *only;
	int depth; /* of scripts */
};

static enum ct_target inspect_path(const char *path, struct search *search);

static long open_file(const char *path)
{
	/* O_NONBLOCK: it may be a pipe. */
	return ct_call(__NR_openat, CT_AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0, 0, 0);
}

/* Checks type, mode and capabilities. */
static enum ct_target inspect_mode(long fd)
{
	struct statx file;

	if (CT_CALL5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &file) < 0)
		return CT_TARGET_UNREADABLE;
	if ((file.stx_mode & MODE_KIND) != MODE_REGULAR)
		return CT_TARGET_UNREADABLE;
	if (file.stx_mode & MODE_SET_IDS)
		return CT_TARGET_SETUID;
	if (ct_call(__NR_fgetxattr, fd, (long)"security.capability", 0, 0, 0, 0) > 0)
		return CT_TARGET_CAPABILITIES;
	return CT_TARGET_ABLE;
}

bool ct_identify(long fd, struct ct_file *ret_file)
{
	struct statx file;

	if (CT_CALL5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &file) < 0)
		return false;
	ret_file->device = (uint64_t)file.stx_dev_major << 32 | file.stx_dev_minor;
	ret_file->inode = file.stx_ino;
	return true;
}

bool ct_is_file(long fd, const struct ct_file *file)
{
	struct ct_file found;

	return ct_identify(fd, &found) && found.device == file->device && found.inode == file->inode;
}

static const char *name_of(const char *path)
{
	const char *name = path;

	for (const char *at = path; *at != '\0'; at++)
		if (*at == '/')
			name = at + 1;
	return name;
}

static bool is_musl(const char *loader)
{
	return ct_starts_with(name_of(loader), "ld-musl-");
}

/* Accepts ld-linux-x86-64.so.2, ld-linux-aarch64.so.1, ld-musl-x86_64.so.1 in any folder. */
static enum ct_target inspect_loader(const char *path, const struct ct_file *only)
{
	bool is_known;
	long fd;

	if (!ct_starts_with(name_of(path), "ld-linux") && !is_musl(path))
		return CT_TARGET_LOADER;
	fd = open_file(path);
	if (fd < 0)
		return CT_TARGET_LOADER;
	is_known = only == NULL || ct_is_file(fd, only);
	(void)CT_CALL1(__NR_close, fd);
	return is_known ? CT_TARGET_ABLE : CT_TARGET_UNTRIED;
}

static enum ct_target inspect_interpreter(long fd, const Elf64_Ehdr *head, const Elf64_Phdr *segment,
					  const struct search *search)
{
	enum ct_target verdict;
	char loader[CT_LOADER_BYTES];
	uint64_t length = segment->p_filesz;

	if (length < 2 || length > sizeof(loader) || ct_read_at(fd, loader, length, segment->p_offset) != (long)length ||
	    loader[length - 1] != '\0')
		return CT_TARGET_LOADER;
	if (search->ret_loader)
		(void)ct_append(search->ret_loader, loader);
	verdict = inspect_loader(loader, search->only);
	if (verdict == CT_TARGET_ABLE && is_musl(loader) && !ct_runs_constructors(fd, head))
		return CT_TARGET_START;
	return verdict;
}

static enum ct_target inspect_elf(long fd, const Elf64_Ehdr *head, const struct search *search)
{
	Elf64_Phdr segment;

	if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB || head->e_machine != CT_MACHINE)
		return CT_TARGET_MACHINE;
	if (head->e_phentsize != sizeof(segment) || head->e_phnum > MOST_SEGMENTS)
		return CT_TARGET_FORMAT;
	/* One at a time, because the caller's stack may be small. */
	for (uint64_t i = 0; i < head->e_phnum; i++) {
		if (ct_read_at(fd, &segment, sizeof(segment), head->e_phoff + i * sizeof(segment)) != (long)sizeof(segment))
			return CT_TARGET_FORMAT;
		if (segment.p_type == PT_INTERP)
			return inspect_interpreter(fd, head, &segment, search);
	}
	return CT_TARGET_STATIC;
}

/* `#! /path argument`: inspects the interpreter. */
static enum ct_target inspect_script(char *line, struct search *search)
{
	char *path = line + 2;
	char *end;

	while (*path == ' ' || *path == '\t')
		path++;
	for (end = path; *end != '\0' && *end != ' ' && *end != '\t' && *end != '\n';)
		end++;
	if (end == path || *end == '\0')
		return CT_TARGET_FORMAT;
	*end = '\0';
	return search->depth++ < SCRIPTS ? inspect_path(path, search) : CT_TARGET_SCRIPTS;
}

static enum ct_target inspect_file(long fd, struct search *search)
{
	union {
		Elf64_Ehdr elf;
		char text[HEAD + 1];
	} head;
	enum ct_target verdict = inspect_mode(fd);
	long length;

	if (verdict != CT_TARGET_ABLE)
		return verdict;
	length = ct_read_at(fd, head.text, HEAD, 0);
	if (length < 0)
		return CT_TARGET_UNREADABLE;
	head.text[length] = '\0';
	if (length >= 3 && ct_starts_with(head.text, "#!"))
		return inspect_script(head.text, search);
	if (length < (long)sizeof(head.elf) || !ct_starts_with(head.text, ELFMAG))
		return CT_TARGET_FORMAT;
	return inspect_elf(fd, &head.elf, search);
}

static enum ct_target inspect_path(const char *path, struct search *search)
{
	long fd = open_file(path);
	enum ct_target verdict;

	if (fd < 0)
		return CT_TARGET_UNREADABLE;
	verdict = inspect_file(fd, search);
	(void)CT_CALL1(__NR_close, fd);
	return verdict;
}

enum ct_target ct_inspect_target(const char *path, char *ret_loader, const struct ct_file *only)
{
	return inspect_path(path, &(struct search){ ret_loader, only, 0 });
}

enum ct_target ct_inspect_target_fd(long fd, const struct ct_file *only)
{
	return inspect_file(fd, &(struct search){ NULL, only, 0 });
}
