/*
 * limits.c - see limits.h.
 */
#include "limits.h"
#include "raw.h"

#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/securebits.h>

static uint64_t soft_limit(long which)
{
	struct {
		uint64_t soft, hard;
	} limit = { 0, 0 };

	(void)CT_CALL5(__NR_prlimit64, 0, which, 0, &limit, 0);
	return limit.soft;
}

bool ct_may_write_file(uint64_t bytes)
{
	return soft_limit(RLIMIT_FSIZE) >= bytes;
}

/* Whether the program will have CAP_IPC_LOCK because it runs as root: other users lose it at execve(2). */
static bool will_be_capable(void)
{
	return ct_call(__NR_getuid, 0, 0, 0, 0, 0, 0) == 0 &&
	       ct_call(__NR_prctl, PR_CAPBSET_READ, CAP_IPC_LOCK, 0, 0, 0, 0) == 1 &&
	       (ct_call(__NR_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0, 0) & SECBIT_NOROOT) == 0;
}

bool ct_may_lock(uint64_t bytes)
{
	return soft_limit(RLIMIT_MEMLOCK) >= bytes || will_be_capable();
}
