/*
 * program.c - searches our own executable. Values in it are public: finding them in memory is not a leak.
 */
#include "ct.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int32_t search_file(int fd, const struct ct_pattern *pattern)
{
	struct stat file;
	size_t size;
	void *text;
	int32_t result;

	if (fstat(fd, &file) < 0)
		return -errno;
	size = (size_t)file.st_size;
	text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return -errno;
	(void)madvise(text, size, MADV_SEQUENTIAL);
	result = memmem(text, size, pattern->at, pattern->length) != NULL;
	(void)munmap(text, size);
	return result;
}

int32_t ct_program_contains(const struct ct_pattern *pattern)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int32_t result;

	if (fd < 0)
		return -errno;
	result = search_file(fd, pattern);
	(void)close(fd);
	return result;
}
