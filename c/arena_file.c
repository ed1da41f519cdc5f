/*
 * arena_file.c - the file behind an arena while its descriptor is open: creates it, sets its size, recognises it.
 * arena.c maps it.
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
	int fd;

	if (kind == CT_SECRETMEM)
		return ct_verify_new_file(syscall(SYS_memfd_secret, (unsigned)O_CLOEXEC), true);
	if (kind != CT_ORDINARY)
		return -EINVAL;
	fd = memfd_create("cloudtaser", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL) /* before 6.3 */
		fd = memfd_create("cloudtaser", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return ct_verify_new_file(fd, false);
}

bool ct_file_is_secretmem(int fd)
{
	struct statfs fs = { .f_type = 0 };

	return fstatfs(fd, &fs) == 0 && (uint64_t)fs.f_type == SECRETMEM_MAGIC;
}

/*
 * A seccomp filter may report success without creating a file: the result 0 is then standard input. A new file is
 * empty, close-on-exec and of the requested kind.
 */
int ct_verify_new_file(long fd, bool is_secret)
{
	struct stat file = { .st_size = -1 };
	bool is_kind;

	if (fd < 0)
		return -errno;
	is_kind = is_secret ? ct_file_is_secretmem((int)fd) : fcntl((int)fd, F_GET_SEALS) >= 0;
	if (!is_kind || fcntl((int)fd, F_GETFD) != FD_CLOEXEC || fstat((int)fd, &file) < 0 || file.st_size != 0)
		return -EBADFD;
	return (int)fd;
}

/* A memfd is not sealed yet, or ct_fix_file_size has sealed it. A file of a tmpfs only has F_SEAL_SEAL. */
bool ct_file_is_memory(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return ct_file_is_secretmem(fd) ||
	       (seals >= 0 && (seals & (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)) != F_SEAL_SEAL);
}

int ct_fix_file_size(int fd, size_t bytes, struct ct_file *ret_file)
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
	/* Otherwise the other process could shrink an ordinary file (SIGBUS). Secretmem has no seals. */
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	*ret_file = (struct ct_file){ file.st_dev, file.st_ino };
	return 0;
}

/* An empty file is not an arena's: it waits for a fetcher's job. Older kernels give all such files the same inode number. */
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
