/*
 * socket.c - at the agent's socket and the directory that it is in: take it away, listen in its place, hide it. As a
 * control stands a socket of our own, in a directory on a file system of our own.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_ROOM = 96 };

#define OWN_FOLDER OWN_MOUNT "/run"
#define OWN_SOCKET OWN_FOLDER "/agent.sock"

/* 0, or -errno. */
static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0)
		return -errno;
	return 0;
}

static int stand_in(void)
{
	int failed;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	failed = mount_own("tmpfs");
	if (failed == 0 && mkdir(OWN_FOLDER, 0755) < 0)
		failed = -errno;
	return failed < 0 ? failed : listen_at(OWN_SOCKET);
}

struct place {
	char socket[PATH_ROOM], folder[PATH_ROOM], above[PATH_ROOM], other[PATH_ROOM + 8];
};

static void find_place(const struct attack *a, struct place *place)
{
	const char *path = a->options->is_control ? OWN_SOCKET : a->options->agent_socket;

	(void)snprintf(place->socket, PATH_ROOM, "%s", path);
	(void)snprintf(place->folder, PATH_ROOM, "%s", path);
	*strrchr(place->folder, '/') = '\0';
	(void)snprintf(place->above, PATH_ROOM, "%s", place->folder);
	*strrchr(place->above, '/') = '\0';
	(void)snprintf(place->other, sizeof(place->other), "%s.other", path);
}

static int judge(long result)
{
	return result < 0 ? -errno : ALLOWED;
}

/* Another process listens where wrappers look. */
static int replace(const struct place *place)
{
	int failed = listen_at(place->other);

	return failed < 0 ? failed : judge(rename(place->other, place->socket));
}

static int rename_to(const char *from, const char *to)
{
	return judge(rename(from, to));
}

static int rename_folder(const struct place *place)
{
	char to[PATH_ROOM + 8];

	(void)snprintf(to, sizeof(to), "%s.gone", place->folder);
	return judge(rename(place->folder, to));
}

static int cover(const char *path)
{
	return judge(mount("none", path, "tmpfs", 0, NULL) < 0 ? -1 : umount(path));
}

static int cover_socket(const struct place *place)
{
	char own[64];
	int failed;

	(void)snprintf(own, sizeof(own), "/tmp/attack.sock.%d", (int)getpid());
	failed = listen_at(own);
	if (failed == 0 && mount(own, place->socket, NULL, MS_BIND, NULL) < 0)
		failed = -errno;
	(void)unlink(own);
	return failed < 0 ? failed : judge(umount(place->socket));
}

static int take_above(const struct place *place)
{
	if (umount2(place->above, MNT_DETACH) < 0)
		return -errno;
	return judge(mount("none", place->above, "tmpfs", 0, NULL));
}

static int move_above(const struct place *place)
{
	if ((mkdir(OWN_MOUNT_MOVED, 0700) < 0 && errno != EEXIST) ||
	    mount(place->above, OWN_MOUNT_MOVED, NULL, MS_MOVE, NULL) < 0)
		return -errno;
	return judge(mount(OWN_MOUNT_MOVED, place->above, NULL, MS_MOVE, NULL));
}

static int attack_path(const struct place *place, char how)
{
	switch (how) {
	case 'u':
		return judge(unlink(place->socket));
	case 'n':
		return rename_to(place->socket, place->other);
	case 'r':
		return replace(place);
	case 'p':
		return judge(chmod(place->socket, 0));
	case 'o':
		return judge(chown(place->socket, 1, 1));
	case 'c':
		return cover_socket(place);
	default:
		return judge(link(place->socket, place->other));
	}
}

static int attack_folder(const struct place *place, char how)
{
	switch (how) {
	case 'f':
		return judge(open(place->other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	case 'd':
		return judge(mkdir(place->other, 0700));
	case 's':
		return judge(symlink("/tmp", place->other));
	case 'p':
		return judge(chmod(place->folder, 0777) < 0 ? -1 : chmod(place->folder, 0755));
	case 'r':
		return rename_folder(place);
	case 'c':
		return cover(place->folder);
	case 'C':
		return cover(place->above);
	case 'M':
		return move_above(place);
	default:
		return take_above(place);
	}
}

/* text: the socket or its folder, and how. What it leaves there goes. */
static int misuse(struct attack *a)
{
	int failed = a->options->is_control ? stand_in() : 0, result;
	const char *how = a->row->text;
	struct place place;

	if (!a->options->is_control && a->options->agent_socket == NULL)
		return not_here(a, "needs --agent=SOCKET");
	if (failed < 0)
		return failed;
	find_place(a, &place);
	result = how[0] == 's' ? attack_path(&place, how[1]) : attack_folder(&place, how[1]);
	if (result == ALLOWED)
		(void)remove(place.other);
	return result;
}

#define SOCKET(id, says, how) \
	{ .name = id, .vector = "agent_socket", .what = says, .run = misuse, .text = how, \
	  .flags = EVERYBODY | HITS_AGENT }

const struct row socket_rows[] = {
	SOCKET("socket_chmod", "no permissions on the agent's socket", "sp"),
	SOCKET("socket_chown", "another owner of it", "so"),
	SOCKET("socket_link", "another name for it", "sl"),
	SOCKET("socket_cover", "another socket, mounted over it", "sc"),
	SOCKET("socket_unlink", "the socket, removed", "su"),
	SOCKET("socket_rename", "the socket, renamed", "sn"),
	SOCKET("socket_replace", "another socket, bound beside it and renamed over it", "sr"),
	SOCKET("socket_folder_file", "a file in its directory", "ff"),
	SOCKET("socket_folder_mkdir", "a directory in it", "fd"),
	SOCKET("socket_folder_symlink", "a symbolic link in it", "fs"),
	SOCKET("socket_folder_chmod", "everybody may write to the directory", "fp"),
	SOCKET("socket_folder_rename", "the directory, renamed", "fr"),
	SOCKET("socket_folder_cover", "another file system over the directory", "fc"),
	SOCKET("socket_above_cover", "another file system over what the directory is in", "fC"),
	SOCKET("socket_above_move", "what the directory is in, moved elsewhere", "fM"),
	SOCKET("socket_above_umount", "what the directory is in, unmounted lazily", "fU"),
	{ 0 },
};
