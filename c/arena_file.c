/*
 * arena_file.c - the file behind an arena, as long as a descriptor of it is open: made, given its
 * size, recognised again. Mapping it is arena.c.
 */
#include "arena_file.h"
#include "syscalls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int32_t ct_arena_fd(uint32_t kind)
{
	long fd = -EINVAL;

	if (kind == CT_SECRETMEM) {
		fd = syscall(SYS_memfd_secret, (unsigned)O_CLOEXEC);
	} else if (kind == CT_ORDINARY) {
		fd = memfd_create("cloudtaser", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
		if (fd < 0 && errno == EINVAL) /* before 6.3 */
			fd = memfd_create("cloudtaser", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	} else {
		return -EINVAL;
	}
	return fd < 0 ? -errno : (int32_t)fd;
}

bool ct_file_is_secretmem(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (uint64_t)fs.f_type == SECRETMEM_MAGIC;
}

int ct_file_size(int fd, size_t bytes, struct ct_file *ret_file)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return -errno;
	if (file.st_size == 0 && ftruncate(fd, (off_t)bytes) < 0)
		return -errno;
	if (fstat(fd, &file) < 0)
		return -errno;
	if (file.st_size != (off_t)bytes)
		return -EINVAL;
	/* The peer of an ordinary one could shrink it under us (SIGBUS). Secretmem knows no seals. */
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	*ret_file = (struct ct_file){ file.st_dev, file.st_ino };
	return 0;
}

/* A file of no size is no arena's: it waits for a courier's errand. Older kernels give all of them one number. */
static bool refers_to(int fd, const struct ct_file *file)
{
	struct stat found;

	return fstat(fd, &found) == 0 && found.st_size > 0 && found.st_dev == file->device && found.st_ino == file->number;
}

int32_t ct_file_is_open(const struct ct_file *file)
{
	const struct dirent *entry;
	int32_t found = 0;
	DIR *fds;

	if (file->device == 0 && file->number == 0)
		return 0;
	fds = opendir("/proc/self/fd");
	if (fds == NULL)
		return -errno;
	while (!found && (entry = readdir(fds)) != NULL)
		found = entry->d_name[0] != '.' && refers_to(atoi(entry->d_name), file);
	(void)closedir(fds);
	return found;
}
