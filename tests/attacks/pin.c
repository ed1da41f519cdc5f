/*
 * pin.c - at the pins in bpffs that outlive the agent. As a control stands a bpffs of our own with a map pinned in it.
 */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf_calls.h"

enum { PATH_ROOM = 400 };

#define OWN_PINS OWN_MOUNT "/cloudtaser"

static int pin_one(const char *path)
{
	union bpf_attr pin = { .pathname = (uintptr_t)path };
	int map = make_map("pinned", BPF_MAP_TYPE_ARRAY, 4);

	if (map < 0)
		return map;
	pin.bpf_fd = (unsigned)map;
	return bpf_call(BPF_OBJ_PIN, &pin);
}

static int stand_in(void)
{
	int failed;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	failed = mount_own("bpf");
	if (failed == 0 && mkdir(OWN_PINS, 0700) < 0)
		failed = -errno;
	return failed < 0 ? failed : pin_one(OWN_PINS "/pin");
}

/* The folder of the pins, and a file anywhere in it. */
static int find_pin(const struct attack *a, const char **ret_folder, char pin[PATH_ROOM])
{
	int failed = a->options->is_control ? stand_in() : 0;
	char folder[PATH_ROOM];

	*ret_folder = a->options->is_control ? OWN_PINS : a->options->pins;
	(void)snprintf(folder, sizeof(folder), "%s", *ret_folder);
	while (failed == 0) {
		const struct dirent *one;
		DIR *all = opendir(folder);

		if (all == NULL)
			return -errno;
		while ((one = readdir(all)) != NULL && one->d_name[0] == '.')
			;
		if (one == NULL)
			failed = -ENOENT;
		else
			(void)snprintf(pin, PATH_ROOM, "%.200s/%.190s", folder, one->d_name);
		if (one == NULL || one->d_type != DT_DIR) {
			(void)closedir(all);
			break;
		}
		(void)snprintf(folder, sizeof(folder), "%s", pin);
		(void)closedir(all);
	}
	return failed;
}

static int move_pins(const char *folder)
{
	char at[PATH_ROOM];

	(void)snprintf(at, sizeof(at), "%s", folder);
	*strrchr(at, '/') = '\0';
	if ((mkdir(OWN_MOUNT_MOVED, 0700) < 0 && errno != EEXIST) || mount(at, OWN_MOUNT_MOVED, NULL, MS_MOVE, NULL) < 0)
		return -errno;
	return mount(OWN_MOUNT_MOVED, at, NULL, MS_MOVE, NULL) < 0 ? -errno : ALLOWED;
}

static int unmount(const char *folder, int flags)
{
	char at[PATH_ROOM];

	(void)snprintf(at, sizeof(at), "%s", folder);
	*strrchr(at, '/') = '\0';
	return umount2(at, flags) < 0 ? -errno : ALLOWED;
}

static int rename_it(const char *from)
{
	char to[PATH_ROOM + 8];

	(void)snprintf(to, sizeof(to), "%s_gone", from);
	return rename(from, to) < 0 ? -errno : ALLOWED;
}

static int open_pin(const char *pin)
{
	union bpf_attr open = { .pathname = (uintptr_t)pin };
	int fd = bpf_call(BPF_OBJ_GET, &open);

	return fd < 0 ? fd : ALLOWED;
}

static int misuse(struct attack *a)
{
	char pin[PATH_ROOM] = "";
	const char *folder;
	int failed = find_pin(a, &folder, pin);

	if (failed == -ENOENT)
		return not_here(a, "nothing is pinned there");
	if (failed < 0)
		return failed;
	switch (a->row->text[0]) {
	case 'o':
		return open_pin(pin);
	case 'u':
		return unlink(pin) < 0 ? -errno : ALLOWED;
	case 'r':
		return rename_it(pin);
	case 'R':
		return rename_it(folder);
	case 'p':
		return chmod(pin, 0) < 0 ? -errno : ALLOWED;
	case 'm':
		return move_pins(folder);
	case 'c':
		return mount("none", folder, "tmpfs", 0, NULL) < 0 || umount(folder) < 0 ? -errno : ALLOWED;
	default:
		return unmount(folder, (int)a->row->number);
	}
}

#define PIN(id, says, how, option) \
	{ .name = id, .vector = "agent_pins", .what = says, .run = misuse, .text = how, .number = option, \
	  .flags = EVERYBODY | HITS_AGENT }

const struct row pin_rows[] = {
	{ .name = "pin_get", .vector = "bpf_tamper", .what = "a descriptor of what is pinned (BPF_OBJ_GET)", .run = misuse,
	  .text = "o", .flags = EVERYBODY },
	PIN("pin_chmod", "no permissions on a pin", "p", 0),
	PIN("pin_cover", "another file system over the pins", "c", 0),
	PIN("pin_move_mount", "bpffs moved elsewhere", "m", 0),
	PIN("pin_rename", "a pin, renamed", "r", 0),
	PIN("pin_unlink", "a pin, removed", "u", 0),
	PIN("pin_rename_folder", "the folder, renamed", "R", 0),
	PIN("pin_umount", "bpffs, unmounted", "U", 0),
	PIN("pin_umount_detach", "bpffs, unmounted lazily", "U", MNT_DETACH),
	{ 0 },
};
