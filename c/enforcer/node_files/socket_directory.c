/*
 * socket_directory.c - see socket_directory.h. A container does not see the parent directories on the node, so they are
 * looked up from process 1's root.
 */
#include "socket_directory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PROCESS_1 "/proc/1/root"
#define UP "/.."

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* Collects the parents up to the root of the file system. false: too deep. */
static bool collect_parents(char path[PATH_MAX], struct stat below, struct ct_config *config)
{
	struct stat at;

	for (int level = 0;; level++) {
		(void)strncat(path, UP, PATH_MAX - strlen(path) - 1);
		if (stat(path, &at) < 0 || at.st_dev != below.st_dev || at.st_ino == below.st_ino)
			return true;
		if (level == CT_MAX_ANCESTORS)
			return false;
		config->above[level] = at.st_ino;
		below = at;
	}
}

int socket_directory_find(const char *socket, struct ct_config *config)
{
	char own[PATH_MAX / 2], path[PATH_MAX];
	const char *end = strrchr(socket, '/');
	struct stat folder, other;

	if (end == NULL || end == socket || (size_t)(end - socket) >= sizeof(own))
		return -EINVAL;
	(void)snprintf(own, sizeof(own), "%.*s", (int)(end - socket), socket);
	if (stat(own, &folder) < 0)
		return -errno;
	config->socket_directory = folder.st_ino;
	config->socket_device = config_device(folder.st_dev);
	(void)snprintf(path, sizeof(path), PROCESS_1 "%s", own);
	if (stat(path, &other) < 0 || !is_same(&folder, &other))
		(void)snprintf(path, sizeof(path), "%s", own);
	if (!collect_parents(path, folder, config))
		return -ENAMETOOLONG;
	if (stat("/proc/1/ns/mnt", &other) == 0)
		config->host_mounts = (__u32)other.st_ino;
	return 0;
}
