/*
 * places.c - the files that protection depends on: the pins in bpffs that outlive the agent, and the agent's socket.
 * A control has a bpffs or tmpfs of its own.
 */
#include "../attack.h"
#include "../lib/bpf.h"
#include "../lib/socket.h"

enum { ROOM = 400 };

#define OWN_PINS OWN_MOUNT "/cloudtaser"
#define OWN_SOCKET OWN_MOUNT "/run/agent.sock"

/* The file (a pin, the socket), its directory, the mount or directory above that, and a new name beside the file. */
struct place {
	char file[ROOM], directory[ROOM], above[ROOM], other[ROOM + 8];
};

static struct place place;

static void parent_of(const char *path, char into[ROOM])
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(into, ROOM, "%.*s", (int)(slash - path), path);
}

static int make_own_folder(const char *type, const char *path)
{
	int failed = leave_mounts();

	if (failed == 0)
		failed = mount_own(type);
	return failed == 0 && mkdir(path, 0755) < 0 ? -errno : failed;
}

static int pin_a_map(const char *path)
{
	int map = make_map("pinned", BPF_MAP_TYPE_ARRAY, 4);
	union bpf_attr pin = { .pathname = (uintptr_t)path, .bpf_fd = (unsigned)map };

	return map < 0 ? map : bpf_call(BPF_OBJ_PIN, &pin);
}

/* The first file below a directory, at any depth. */
static int find_file(const char *folder, char into[ROOM])
{
	const struct dirent *one;
	DIR *all = opendir(folder);
	char path[ROOM];
	int is_folder;

	if (all == NULL)
		return -errno;
	while ((one = readdir(all)) != NULL && one->d_name[0] == '.')
		;
	is_folder = one != NULL && one->d_type == DT_DIR;
	if (one != NULL)
		(void)snprintf(path, sizeof(path), "%.200s/%.190s", folder, one->d_name);
	(void)closedir(all);
	if (one == NULL)
		return -ENOENT;
	(void)snprintf(into, ROOM, "%s", path);
	return is_folder ? find_file(path, into) : 0;
}

int find_pin(struct attack *a)
{
	const int is_control = a->options->is_control;
	int failed = is_control ? make_own_folder("bpf", OWN_PINS) : 0;

	if (failed == 0 && is_control)
		failed = pin_a_map(OWN_PINS "/pin");
	(void)snprintf(place.directory, ROOM, "%s", is_control ? OWN_PINS : a->options->pins);
	parent_of(place.directory, place.above);
	if (failed == 0)
		failed = find_file(place.directory, place.file);
	return failed == -ENOENT ? not_here(a, "nothing is pinned there") : failed;
}

int find_socket(struct attack *a)
{
	const int is_control = a->options->is_control;
	const char *path = is_control ? OWN_SOCKET : a->options->agent_socket;
	int failed = is_control ? make_own_folder("tmpfs", OWN_MOUNT "/run") : 0;

	if (path == NULL)
		return not_here(a, "needs --agent=SOCKET");
	if (failed == 0 && is_control)
		failed = listen_at(path);
	(void)snprintf(place.file, ROOM, "%s", path);
	parent_of(place.file, place.directory);
	parent_of(place.directory, place.above);
	(void)snprintf(place.other, sizeof(place.other), "%s_other", path);
	return failed < 0 ? failed : 0;
}

/* bpffs does not accept a dot in a name. */
static int rename_away(const char *from)
{
	char to[ROOM + 8];

	(void)snprintf(to, sizeof(to), "%s_gone", from);
	return judge(rename(from, to));
}

/* Another socket listens where wrappers connect. */
static int replace_file(void)
{
	int failed = listen_at(place.other);

	return failed < 0 ? failed : judge(rename(place.other, place.file));
}

static int bind_over(const char *path)
{
	char own[64];
	int failed;

	(void)snprintf(own, sizeof(own), "/tmp/attack.sock.%d", (int)getpid());
	failed = listen_at(own);
	if (failed >= 0 && mount(own, path, NULL, MS_BIND, NULL) < 0)
		failed = -errno;
	(void)unlink(own);
	return failed < 0 ? failed : judge(umount(path));
}

static int move_away(const char *from)
{
	if ((mkdir(OWN_MOUNT_MOVED, 0700) < 0 && errno != EEXIST) || mount(from, OWN_MOUNT_MOVED, NULL, MS_MOVE, NULL) < 0)
		return -errno;
	return judge(mount(OWN_MOUNT_MOVED, from, NULL, MS_MOVE, NULL));
}

static int get_pin(const char *path)
{
	union bpf_attr open = { .pathname = (uintptr_t)path };
	int fd = bpf_call(BPF_OBJ_GET, &open);

	return fd < 0 ? fd : ALLOWED;
}

static int change(const char *path, char how, int number)
{
	switch (how) {
	case 'b':
		return bind_over(path);
	case 'c':
		return judge(mount("none", path, "tmpfs", 0, NULL) < 0 ? -1 : umount(path));
	case 'g':
		return get_pin(path);
	case 'l':
		return judge(link(path, place.other));
	case 'm':
		return move_away(path);
	case 'n':
		return judge(rename(path, place.other));
	case 'o':
		return judge(chown(path, 1, 1));
	case 'p':
		return judge(chmod(path, 0));
	case 'P':
		return judge(chmod(path, 0777) < 0 ? -1 : chmod(path, 0755));
	case 'r':
		return rename_away(path);
	case 'R':
		return replace_file();
	case 'T':
		return judge(umount2(path, MNT_DETACH) < 0 ? -1 : mount("none", path, "tmpfs", 0, NULL));
	case 'u':
		return judge(unlink(path));
	case 'U':
		return judge(umount2(path, number));
	case 'D':
		return judge(mkdir(place.other, 0700));
	case 'F':
		return judge(open(place.other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	default:
		return judge(symlink("/tmp", place.other));
	}
}

/* text: the file, its directory, or the mount above; and how. */
int change_place(struct attack *a)
{
	const char *text = a->row->text;
	const char *path = text[0] == 'f' ? place.file : text[0] == 'd' ? place.directory : place.above;
	int result = change(path, text[1], (int)a->row->number);

	if (result == ALLOWED && place.other[0] != '\0')
		(void)remove(place.other);
	return result;
}
