/*
 * locked_mount.h - makes a read-only mount that cannot become writable. The kernel locks mount flags when a mount
 * namespace is copied to a less privileged user namespace (mount_namespaces(7)); a short-lived child does that and
 * returns the mount.
 */
#pragma once

/*
 * A detached read-only mount of the directory for move_mount(2). *ret_why: 0, or the errno that prevented the lock.
 * -errno: no mount at all.
 */
int locked_mount_open(const char *directory, int *ret_why);
