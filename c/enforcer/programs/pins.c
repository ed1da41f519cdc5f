/*
 * pins.c - see pins.h.
 */
#include "pins.h"

#include "bpf/state.h"
#include "diagnostics.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS "links-"

static char root_folder[PINS_PATH / 2];
static char maps_folder[PINS_PATH];

static bool is_bpffs(const char *path)
{
	struct statfs status;

	return statfs(path, &status) == 0 && (unsigned long)status.f_type == BPF_FS_MAGIC;
}

/* Checks that ROOT's parent is on a bpffs, and mounts one at PINS_MOUNT if necessary. */
static int find_bpffs(const char *root)
{
	char parent[PINS_PATH];
	char *slash;

	(void)snprintf(parent, sizeof(parent), "%s", root);
	slash = strrchr(parent, '/');
	if (slash == NULL || slash == parent)
		return -EINVAL;
	*slash = '\0';
	if (is_bpffs(parent))
		return 0;
	if (strcmp(parent, PINS_MOUNT) != 0)
		return -ENOTSUP;
	if (mount("bpf", PINS_MOUNT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
		return -errno;
	return 0;
}

int pins_prepare(const char *root, struct enforce_report *report)
{
	int result = strlen(root) >= sizeof(root_folder) ? -ENAMETOOLONG : find_bpffs(root);

	root_folder[0] = '\0';
	if (result == 0 && mkdir(root, 0700) < 0 && errno != EEXIST)
		result = -errno;
	if (result == 0) {
		(void)snprintf(root_folder, sizeof(root_folder), "%s", root);
		(void)snprintf(maps_folder, sizeof(maps_folder), "%s/maps-%d", root, CT_MAPS_VERSION);
		if (mkdir(maps_folder, 0700) < 0 && errno != EEXIST)
			result = -errno;
	}
	if (result == 0)
		return 0;
	root_folder[0] = '\0';
	diagnostics_note(report, "cannot pin, so protection ends with the agent: %s is not on a bpffs (%s)",
			 root, strerror(-result));
	return result;
}

const char *pins_root(void)
{
	return root_folder[0] == '\0' ? NULL : root_folder;
}

const char *pins_maps_folder(void)
{
	return root_folder[0] == '\0' ? NULL : maps_folder;
}

static void generation_folder(uint64_t generation, char ret_path[PINS_PATH])
{
	(void)snprintf(ret_path, PINS_PATH, "%s/" LINKS "%016" PRIx64, root_folder, generation);
}

void pins_link_path(uint64_t generation, const char *backend, const char *program, const char *function,
		    char ret_path[PINS_PATH])
{
	(void)snprintf(ret_path, PINS_PATH, "%s/" LINKS "%016" PRIx64 "/%s-%s%s%s", root_folder, generation,
		       backend, program, function == NULL ? "" : "-", function == NULL ? "" : function);
}

int pins_make_generation(uint64_t generation)
{
	char path[PINS_PATH];

	generation_folder(generation, path);
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int list_folder(const char *path, void (*handle)(const char *name, void *context), void *context)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (folder == NULL)
		return -errno;
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		handle(entry->d_name, context);
		count++;
	}
	(void)closedir(folder);
	return count;
}

int pins_list(uint64_t generation, void (*handle)(const char *name, void *context), void *context)
{
	char path[PINS_PATH];

	generation_folder(generation, path);
	return list_folder(path, handle, context);
}

struct removal {
	const char *folder;
	int failed;
};

static void remove_one(const char *name, void *context)
{
	struct removal *removal = context;
	char path[PINS_PATH + 256];

	(void)snprintf(path, sizeof(path), "%s/%s", removal->folder, name);
	if (unlink(path) < 0 && errno != ENOENT)
		removal->failed = -errno;
}

static int remove_folder(const char *path)
{
	struct removal removal = { path, 0 };
	int result = list_folder(path, remove_one, &removal);

	if (result == -ENOENT)
		return 0;
	if (result >= 0)
		result = removal.failed;
	if (result == 0 && rmdir(path) < 0)
		result = -errno;
	return result;
}

int pins_remove_generation(uint64_t generation)
{
	char path[PINS_PATH];

	generation_folder(generation, path);
	return remove_folder(path);
}

struct sweep {
	uint64_t keep;
	int failed;
};

static void sweep_one(const char *name, void *context)
{
	struct sweep *sweep = context;
	uint64_t generation;
	int result;

	if (strncmp(name, LINKS, sizeof(LINKS) - 1) != 0)
		return;
	generation = strtoull(name + sizeof(LINKS) - 1, NULL, 16);
	if (generation == sweep->keep)
		return;
	result = pins_remove_generation(generation);
	if (result < 0)
		sweep->failed = result;
}

int pins_remove_others(uint64_t generation)
{
	struct sweep sweep = { generation, 0 };
	int result = list_folder(root_folder, sweep_one, &sweep);

	return result < 0 ? result : sweep.failed;
}

int pins_remove_all(const char *root)
{
	int result;

	if (strlen(root) >= sizeof(root_folder))
		return -ENAMETOOLONG;
	(void)snprintf(root_folder, sizeof(root_folder), "%s", root);
	(void)snprintf(maps_folder, sizeof(maps_folder), "%s/maps-%d", root, CT_MAPS_VERSION);
	result = pins_remove_others(0);
	if (result == 0)
		result = remove_folder(maps_folder);
	if (result == 0 && rmdir(root) < 0 && errno != ENOENT)
		result = -errno;
	return result;
}
