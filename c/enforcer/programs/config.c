/*
 * config.c - see config.h.
 */
#include "config.h"

#include "bpf_objects.h"
#include "enforcer/node_files/socket_directory.h"
#include "kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define FNV_OFFSET 14695981039346656037ull
#define FNV_PRIME 1099511628211ull

__u32 config_device(dev_t device)
{
	return (__u32)(major(device) << 20 | minor(device));
}

static int identify(const char *path, __u64 *ret_inode, __u32 *ret_device)
{
	struct stat status;

	if (path == NULL)
		return 0;
	if (stat(path, &status) < 0)
		return -errno;
	*ret_inode = status.st_ino;
	*ret_device = config_device(status.st_dev);
	return 0;
}

/* The running file, and the directory and name under which it could be replaced. */
static int identify_executable(const char *path, struct ct_config *config)
{
	char folder[256];
	const char *slash = path == NULL ? NULL : strrchr(path, '/');
	__u32 device;
	int result;

	if (slash == NULL)
		return path == NULL ? 0 : -EINVAL;
	if ((size_t)(slash - path) >= sizeof(folder) || strlen(slash + 1) > sizeof(config->exe_name))
		return -ENAMETOOLONG;
	memcpy(config->exe_name, slash + 1, strlen(slash + 1));
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	/* The running file, which the path may no longer name: the lock exempts its inode. */
	result = identify("/proc/self/exe", &config->exe_inode, &config->exe_device);
	return result < 0 ? result : identify(folder, &config->exe_directory, &device);
}

static void add_names(const char *list, struct ct_config *config)
{
	while (list != NULL && *list != '\0' && config->allowed_count < CT_MAX_ALLOWED) {
		size_t length = strcspn(list, ",");

		if (length > 0 && length < CT_ALLOWED_SIZE)
			memcpy(config->name[config->allowed_count++], list, length);
		list += length + (list[length] == ',');
	}
}

int config_make(const struct enforce_options *options, const char *pins, struct ct_config *ret_config)
{
	int result;

	memset(ret_config, 0, sizeof(*ret_config));
	ret_config->detect = options->detect;
	ret_config->lock = options->lock;
	ret_config->exec_allow = options->exec_allow;
	ret_config->perfmon_retry = kernel_is_since(6, 13); /* since 6.15, and in backports */
	ret_config->path_copies = kernel_has_kprobes() && kernel_has_function("do_filp_open");
	if (!options->lock)
		return 0;
	add_names(options->lock_allow, ret_config);
	result = identify_executable(options->executable, ret_config);
	if (result == 0 && options->socket != NULL)
		result = socket_directory_find(options->socket, ret_config);
	if (result == 0)
		result = identify(pins, &ret_config->pins_inode, &ret_config->pins_device);
	return result;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

uint64_t config_generation(const struct ct_config *config, unsigned int backends)
{
	struct ct_config plain = *config;
	uint64_t hash = mix(FNV_OFFSET, &backends, sizeof(backends));

	plain.slot = 0;
	plain.synchronous = 0;
	hash = mix(hash, &plain, sizeof(plain));
	for (int i = 0; i < OBJECTS; i++) {
		size_t size = 0;
		const void *bytes = objects[i].bytes(&size);

		hash = mix(hash, bytes, size);
	}
	return hash;
}
