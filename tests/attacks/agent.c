/*
 * agent.c - at the two processes that protect: end them, stop them, read them, take their descriptors, move them to
 * a cgroup where they are frozen or ended. As a control stands a process that does nothing.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WAIT_MS = 20000, STEP_MS = 20, TEXT = 512, PATH_ROOM = 700 };

/* text begins with 'a' or 'e'. */
static pid_t aim(const struct attack *a)
{
	return a->row->text[0] == 'e' ? a->options->enforcer : a->options->agent;
}

static int nobody(struct attack *a)
{
	return not_here(a, a->row->text[0] == 'e' ? "needs --enforcer-pid" : "needs --agent-pid");
}

/* text: whose, then how. Success is what happened, not what the call said. */
static int send_signal(struct attack *a)
{
	pid_t pid = aim(a);
	int signal = (int)a->row->number, failed;

	if (pid <= 0)
		return nobody(a);
	if (a->row->text[1] == 'f')
		failed = (int)syscall(SYS_pidfd_send_signal, open_pidfd(pid, 0), signal, NULL, 0);
	else if (a->row->text[1] == 't')
		failed = (int)syscall(SYS_tgkill, pid, pid, signal);
	else
		failed = kill(pid, signal);
	if (failed < 0)
		return -errno;
	for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		char state = state_of(pid);

		if (state == 'T' && kill(pid, SIGCONT) == 0)
			return ALLOWED;
		if (state == 'Z' || state == 'X')
			return ALLOWED;
		moment(STEP_MS);
	}
	return -ETIMEDOUT; /* sent, and nothing came of it */
}

/* An address that is mapped, when we may know one; the permission is asked for first in any case. */
static unsigned long long mapped_address(pid_t pid)
{
	unsigned long long at = 0x400000;
	char path[40], text[TEXT];

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	return get_text(path, text, sizeof(text)) < 0 ? at : strtoull(text, NULL, 16);
}

static int read_memory(struct attack *a)
{
	pid_t pid = aim(a);
	char bytes[16];
	struct iovec here = { bytes, sizeof(bytes) }, there = { NULL, sizeof(bytes) };
	int fd;

	if (pid <= 0)
		return nobody(a);
	there.iov_base = (void *)(uintptr_t)mapped_address(pid);
	switch (a->row->text[1]) {
	case 'v':
		return process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 && errno != EFAULT ? -errno : ALLOWED;
	case 't':
		if ((fd = trace(pid, BY_SEIZE)) == 0)
			untrace(pid);
		return fd < 0 ? fd : ALLOWED;
	case 'f':
		fd = get_fd(open_pidfd(pid, 0), (int)a->row->number);
		return fd < 0 && fd != -EBADF ? fd : ALLOWED;
	case 'e':
		fd = open_of(pid, "environ", O_RDONLY);
		return fd < 0 ? fd : ALLOWED;
	default:
		fd = open_of(pid, "mem", O_RDWR);
		return fd < 0 ? fd : ALLOWED;
	}
}

/* First of all to be ended when memory runs out. */
static int offer_to_killer(struct attack *a)
{
	char path[40], before[32];
	pid_t pid = aim(a);
	int failed;

	if (pid <= 0)
		return nobody(a);
	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	failed = get_text(path, before, sizeof(before));
	if (failed == 0)
		failed = put_text(path, "1000");
	if (failed == 0)
		failed = put_text(path, before);
	return failed < 0 ? failed : ALLOWED;
}

/* The cgroup that the process is in. */
static int folder_of(pid_t pid, char folder[PATH_ROOM])
{
	char path[40], line[TEXT] = "";
	FILE *from;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	from = fopen(path, "r");
	if (from == NULL)
		return -errno;
	while (fgets(line, sizeof(line), from) != NULL && strncmp(line, "0::/", 4) != 0)
		line[0] = '\0';
	(void)fclose(from);
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0' || line[4] == '\0')
		return -ESRCH;
	(void)snprintf(folder, PATH_ROOM, OWN_MOUNT "%s", line + 3);
	return 0;
}

/* Into a new one of the attacker's. */
static int move(pid_t pid, char folder[PATH_ROOM])
{
	char path[PATH_ROOM + 20], text[16];

	(void)snprintf(folder, PATH_ROOM, OWN_MOUNT "/attack.%d", (int)getpid());
	if (mkdir(folder, 0755) < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return put_text(path, text);
}

static int is_frozen(const char *folder)
{
	char path[PATH_ROOM + 20], text[TEXT];
	FILE *from;
	int frozen = 0;

	(void)snprintf(path, sizeof(path), "%s/cgroup.events", folder);
	from = fopen(path, "r");
	while (from != NULL && fgets(text, sizeof(text), from) != NULL)
		frozen |= strcmp(text, "frozen 1\n") == 0;
	if (from != NULL)
		(void)fclose(from);
	return frozen;
}

/* text: whose; '.' in its own cgroup or 'm' moved to another; the file that gets a 1. */
static int misuse_cgroup(struct attack *a)
{
	char folder[PATH_ROOM], path[PATH_ROOM + 20];
	int failed = mount_own("cgroup2");
	pid_t pid = aim(a);

	if (pid <= 0)
		return nobody(a);
	if (failed == 0)
		failed = a->row->text[1] == 'm' || a->options->is_control ? move(pid, folder) : folder_of(pid, folder);
	if (failed == -ESRCH)
		return not_here(a, "it is in the root cgroup");
	if (failed < 0)
		return failed;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, a->row->text + 2);
	failed = put_text(path, "1");
	for (int waited = 0; failed == 0 && waited < WAIT_MS; waited += STEP_MS) {
		moment(STEP_MS);
		if (is_frozen(folder))
			return put_text(path, "0") < 0 ? -errno : ALLOWED;
		if (strchr("ZX", state_of(pid)) != NULL)
			return ALLOWED;
	}
	return failed < 0 ? failed : -ETIMEDOUT;
}

#define SIGNAL(id, says, how, signal) \
	{ .name = id, .vector = "agent_signal", .what = says, .run = send_signal, .text = how, .number = signal, \
	  .flags = HITS_AGENT }
#define MEMORY(id, says, how, fd) \
	{ .name = id, .vector = "agent_memory", .what = says, .run = read_memory, .text = how, .number = fd, \
	  .flags = HITS_AGENT }
#define CGROUP(id, says, how) \
	{ .name = id, .vector = "agent_cgroup", .what = says, .run = misuse_cgroup, .text = how, \
	  .flags = HITS_AGENT | HITS_MACHINE | MOUNTS }

const struct row agent_rows[] = {
	MEMORY("agent_mem", "its memory, opened for writing", "am", 0),
	MEMORY("agent_vm_readv", "its memory, by process_vm_readv", "av", 0),
	MEMORY("agent_trace", "PTRACE_SEIZE", "at", 0),
	MEMORY("agent_getfd", "its connection to the enforcer", "af", 3),
	MEMORY("enforcer_mem", "the enforcer's memory, opened for writing", "em", 0),
	MEMORY("enforcer_vm_readv", "...by process_vm_readv", "ev", 0),
	MEMORY("enforcer_trace", "PTRACE_SEIZE of the enforcer", "et", 0),
	MEMORY("enforcer_getfd", "the enforcer's connection to the agent", "ef", 3),
	MEMORY("enforcer_getfd_map", "one of its descriptors of BPF", "ef", 6),
	{ .name = "agent_oom", .vector = "agent_signal", .what = "1000 to its oom_score_adj", .run = offer_to_killer,
	  .text = "a", .flags = HITS_AGENT },
	SIGNAL("agent_stop", "SIGSTOP by kill", "ak", SIGSTOP),
	SIGNAL("enforcer_stop", "SIGSTOP to the enforcer", "ek", SIGSTOP),
	CGROUP("agent_cgroup_freeze", "its cgroup, frozen", "a.cgroup.freeze"),
	CGROUP("agent_cgroup_move_freeze", "moved to another cgroup that is frozen", "amcgroup.freeze"),
	CGROUP("enforcer_cgroup_move_freeze", "the enforcer, moved and frozen", "emcgroup.freeze"),
	SIGNAL("agent_kill", "SIGKILL by kill", "ak", SIGKILL),
	SIGNAL("agent_tgkill", "SIGKILL by tgkill", "at", SIGKILL),
	SIGNAL("agent_pidfd_kill", "SIGKILL by pidfd_send_signal", "af", SIGKILL),
	SIGNAL("agent_abort", "SIGABRT by kill", "ak", SIGABRT),
	SIGNAL("agent_term", "SIGTERM by kill, which ends services", "ak", SIGTERM),
	SIGNAL("enforcer_kill", "SIGKILL to the enforcer", "ek", SIGKILL),
	CGROUP("agent_cgroup_kill", "its cgroup, killed", "a.cgroup.kill"),
	CGROUP("agent_cgroup_move_kill", "moved to another cgroup that is killed", "amcgroup.kill"),
	CGROUP("enforcer_cgroup_move_kill", "the enforcer, moved and killed", "emcgroup.kill"),
	{ 0 },
};
