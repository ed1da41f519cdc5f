/*
 * vandal.c - `vandal DIRECTORY SOCKET`: connects to a socket there, then tries all that would change the
 * directory or the socket, and to make the mount writable first. One line each: what, and ok or the errno's name.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
	printf("%s %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

static long reach(const char *path, int (*way)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return way(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&address, sizeof(address));
}

static void try_mounts(void)
{
	struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
	long copy;

	/* What runc does since 1.2 when it is asked for "rw". */
	tell("remount", mount(NULL, ".", NULL, MS_BIND | MS_REMOUNT, NULL));
	tell("remount_all", mount(NULL, ".", NULL, MS_REMOUNT, NULL));
	tell("setattr", syscall(SYS_mount_setattr, AT_FDCWD, ".", 0, &writable, sizeof(writable)));
	copy = syscall(SYS_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE);
	tell("copy_setattr", copy < 0 ? copy : syscall(SYS_mount_setattr, (int)copy, "", AT_EMPTY_PATH, &writable,
						      sizeof(writable)));
	tell("copy_create", openat((int)copy, "of_copy", O_CREAT | O_WRONLY, 0600));
}

int main(int argc, char **argv)
{
	const char *socket_name = argc == 3 ? argv[2] : "";

	if (argc != 3 || chdir(argv[1]) < 0)
		return 64;
	tell("connect", reach(socket_name, connect));
	try_mounts();
	tell("create", open("file", O_CREAT | O_WRONLY, 0600));
	tell("mkdir", mkdir("folder", 0700));
	tell("symlink", symlink("/elsewhere", "symlink"));
	tell("bind", reach("another.sock", bind));
	tell("chmod", chmod(socket_name, 0600));
	tell("chmod_directory", chmod(".", 0777));
	tell("chown", chown(socket_name, 65532, 65532));
	tell("touch", utimensat(AT_FDCWD, socket_name, NULL, 0));
	tell("rename", rename(socket_name, "again.sock"));
	(void)rename("again.sock", socket_name);
	tell("link", link(socket_name, "second.sock"));
	tell("unlink", unlink(socket_name));
	return 0;
}
