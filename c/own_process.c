/*
 * own_process.c - the addresses of our arguments and environment, and what the kernel is.
 */
#include "ct.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FIELD_AFTER_NAME 3
#define FIELD_ARG_START 48
#define FIELD_ENV_END 51
#define MOST_MODULES 64u

int32_t ct_kernel_release(char ret_release[65])
{
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return -errno;
	memcpy(ret_release, kernel.release, sizeof(kernel.release));
	return 0;
}

int32_t ct_has_bpf_lsm(void)
{
	uint64_t modules[MOST_MODULES];
	uint32_t bytes = sizeof(modules);
	long count = syscall(SYS_lsm_list_modules, modules, &bytes, 0u);

	if (count < 0)
		return -errno;
	for (long i = 0; i < count; i++)
		if (modules[i] == LSM_ID_BPF)
			return 1;
	return 0;
}

/* Reads /proc/self/stat, NUL-terminated. Its length, or -1. */
static ssize_t read_stat(char *text, size_t size)
{
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	do
		length = read(fd, text, size - 1);
	while (length < 0 && errno == EINTR);
	(void)close(fd);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

int32_t ct_exec_blocks(struct ct_exec_blocks *ret_blocks)
{
	char text[2048];
	uint64_t found[FIELD_ENV_END - FIELD_ARG_START + 1];
	char *at;

	if (read_stat(text, sizeof(text)) <= 0)
		return -EIO;
	/* The name in field 2 may contain spaces and parentheses: the last parenthesis ends it. */
	at = strrchr(text, ')');
	if (at == NULL)
		return -EIO;
	at++;
	for (int field = FIELD_AFTER_NAME; field <= FIELD_ENV_END; field++) {
		char *end = strchr(at + strspn(at, " "), ' ');

		if (end == NULL)
			return -EIO;
		if (field >= FIELD_ARG_START)
			found[field - FIELD_ARG_START] = strtoull(at, NULL, 10);
		at = end;
	}
	if (found[0] == 0 || found[1] < found[0] || found[2] == 0 || found[3] < found[2])
		return -EIO;
	*ret_blocks = (struct ct_exec_blocks){ found[0], found[1], found[2], found[3] };
	return 0;
}
