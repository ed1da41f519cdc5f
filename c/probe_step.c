/*
 * probe_step.c - one step of the probe attack: attacks the victim in one of the ways or, as a control, the attacker
 * itself.
 */
#include "probe_step.h"
#include "attacker.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* At the same address in all processes concerned. */
static char readable[8] = "ct-probe";

static int32_t read_by_file(pid_t pid, const void *at, void *into, size_t length)
{
	int fd = ct_open_proc(pid, "/mem");

	if (fd < 0)
		return errno;
	/* Opening is enough for an attacker: reading would be another attack, with its own report. */
	if (pid == getpid() && pread(fd, into, length, (off_t)(uintptr_t)at) < 0)
		memset(into, 0, length);
	(void)close(fd);
	return 0;
}

static int32_t read_by_call(pid_t pid, const void *at, void *into, size_t length)
{
	struct iovec here = { into, length };
	struct iovec there = { (void *)(uintptr_t)at, length };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 ? errno : 0;
}

/* EBADF means success: the kernel permitted the access and looked for the descriptor. */
static int32_t copy_descriptor(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0u);
	int copy, error;

	if (pidfd < 0)
		return errno;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0u);
	error = copy < 0 && errno != EBADF ? errno : 0;
	if (copy >= 0)
		(void)close(copy);
	(void)close(pidfd);
	return error;
}

static int32_t try_way(uint32_t way, pid_t pid, const void *at, void *into, size_t length)
{
	switch (way) {
	case CT_WAY_MEM:
		return read_by_file(pid, at, into, length);
	case CT_WAY_READV:
		return read_by_call(pid, at, into, length);
	default:
		return copy_descriptor(pid);
	}
}

/* A control must read the attacker's own random bytes. */
static int32_t try_control(uint32_t way)
{
	char there[8] = { 0 }, here[8] = { 0 };
	int32_t error;

	(void)syscall(SYS_getrandom, there, sizeof(there), 0u);
	error = try_way(way, getpid(), there, here, sizeof(here));
	if (error == 0 && way != CT_WAY_GETFD && memcmp(there, here, sizeof(here)) != 0)
		return EPROTO;
	return error;
}

void ct_try_step(struct ct_probe_step *step, pid_t victim)
{
	char into[sizeof(readable)];

	(void)prctl(PR_SET_NAME, step->name, 0L, 0L, 0L);
	step->end = step->at_victim ? try_way(step->way, victim, readable, into, sizeof(into)) :
				      try_control(step->way);
}
