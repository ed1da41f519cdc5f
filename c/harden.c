/*
 * harden.c - properties of the whole process. They are separate options, because /proc/self/fd belongs to root
 * after PR_SET_DUMPABLE 0 (proc_pid(5)): paths there must be opened before.
 */
#include "ct.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define NO_DUMP_AT_ALL 1u

static int no_dump(void)
{
	struct rlimit core;

	if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) < 0)
		return -errno;
	/*
	 * Not 0: that forbids core files, but not dumps to a pipe in core_pattern (systemd-coredump, apport). 1
	 * forbids both (core(5)). Only the soft limit, so that the application can raise its own.
	 */
	if (getrlimit(RLIMIT_CORE, &core) < 0)
		return -errno;
	core.rlim_cur = core.rlim_max < NO_DUMP_AT_ALL ? core.rlim_max : NO_DUMP_AT_ALL;
	return setrlimit(RLIMIT_CORE, &core) < 0 ? -errno : 0;
}

int32_t ct_harden(uint32_t flags)
{
	if (flags & CT_NO_DUMP) {
		int result = no_dump();

		if (result < 0)
			return result;
	}
	if ((flags & CT_NO_NEW_PRIVS) && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		return -errno;
	if ((flags & CT_SUBREAPER) && prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) < 0)
		return -errno;
	return 0;
}
