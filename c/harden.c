/*
 * harden.c - properties of the whole process. Each can be asked for alone, because dumpable must
 * wait until everything behind /proc/self/fd is open: it belongs to root then (proc_pid(5)).
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
	 * Not 0: that forbids core files, but a core_pattern that is a pipe (systemd-coredump, apport) gets
	 * its dump all the same. 1 is the one value that forbids both (core(5)). The soft limit only: the
	 * application may raise its own again.
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
