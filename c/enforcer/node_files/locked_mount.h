/*
 * locked_mount.h - a read-only mount that stays one. The kernel locks the flags of mounts that a mount
 * namespace of another user namespace gets (mount_namespaces(7)): so we have such a namespace for a moment,
 * and take the mount back from there.
 */
#ifndef CT_LOCKED_MOUNT_H
#define CT_LOCKED_MOUNT_H

/*
 * A detached, read-only mount of the directory, ready for move_mount(2). *ret_why is 0, or why its flags are not
 * locked (errno). -errno: there is none at all.
 */
int locked_mount_open(const char *directory, int *ret_why);

#endif
