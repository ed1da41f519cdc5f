/*
 * vandal.c - `vandal DIRECTORY SOCKET`: connects to a socket there, then tries to make the mount writable, and
 * everything that would change the directory or the socket. One line each: the call, and `ok` or the errno.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../lib/socket.h"

static void show(const char *what, long result)
{
	printf("%s %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

static void try_mounts(void)
{
	struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
	long copy;

	/* As runc does since 1.2 for "rw". */
	show("remount", mount(NULL, ".", NULL, MS_BIND | MS_REMOUNT, NULL));
	show("remount_all", mount(NULL, ".", NULL, MS_REMOUNT, NULL));
	show("setattr", syscall(SYS_mount_setattr, AT_FDCWD, ".", 0, &writable, sizeof(writable)));
	copy = syscall(SYS_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE);
	show("copy_setattr", copy < 0 ? copy : syscall(SYS_mount_setattr, (int)copy, "", AT_EMPTY_PATH, &writable,
						      sizeof(writable)));
	show("copy_create", openat((int)copy, "of_copy", O_CREAT | O_WRONLY, 0600));
}

int main(int argc, char **argv)
{
	const char *socket_name = argc == 3 ? argv[2] : "";

	if (argc != 3 || chdir(argv[1]) < 0)
		return 64;
	show("connect", open_socket(socket_name, connect));
	try_mounts();
	show("create", open("file", O_CREAT | O_WRONLY, 0600));
	show("mkdir", mkdir("folder", 0700));
	show("symlink", symlink("/elsewhere", "symlink"));
	show("bind", open_socket("another.sock", bind));
	show("chmod", chmod(socket_name, 0600));
	show("chmod_directory", chmod(".", 0777));
	show("chown", chown(socket_name, 65532, 65532));
	show("touch", utimensat(AT_FDCWD, socket_name, NULL, 0));
	show("rename", rename(socket_name, "again.sock"));
	(void)rename("again.sock", socket_name);
	show("link", link(socket_name, "second.sock"));
	show("unlink", unlink(socket_name));
	return 0;
}
