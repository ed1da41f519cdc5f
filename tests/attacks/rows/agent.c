/*
 * agent.c - the two processes that protect: end them, stop them, read them, copy their descriptors, move them to a
 * cgroup that is frozen or killed.
 */
#include "../attack.h"

enum { WAIT_MS = 20000, STEP_MS = 20, TEXT = 512, FOLDER_ROOM = 700 };

/* text begins with 'a' for the agent or 'e' for the enforcer. A control has a process that does nothing. */
static pid_t aim(const struct attack *a)
{
	return a->row->text[0] == 'e' ? a->options->enforcer : a->options->agent;
}

/* For victims that register themselves. */
int need_socket(struct attack *a)
{
	return a->options->is_control || a->options->agent_socket != NULL ? 0 : not_here(a, "needs --agent=SOCKET");
}

int find_agent(struct attack *a)
{
	if (aim(a) > 0)
		return 0;
	return not_here(a, a->row->text[0] == 'e' ? "needs --enforcer-pid" : "needs --agent-pid");
}

/* text: whose, then how. Succeeds when the process stops or ends, not when the call succeeds. */
int agent_signal(struct attack *a)
{
	pid_t pid = aim(a);
	int signal = (int)a->row->number, failed;

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
		pause_ms(STEP_MS);
	}
	return -ETIMEDOUT; /* sent without effect */
}

/* A mapped address where the maps can be read; the permission is checked first in any case. */
static unsigned long long mapped_address(pid_t pid)
{
	char path[40], text[TEXT];

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	return get_text(path, text, sizeof(text)) < 0 ? 0x400000 : strtoull(text, NULL, 16);
}

int agent_readv(struct attack *a)
{
	pid_t pid = aim(a);
	char bytes[16];
	ssize_t got;

	got = read_by_call(pid, -1, mapped_address(pid), bytes, sizeof(bytes));
	return got < 0 && got != -EFAULT ? (int)got : ALLOWED;
}

int agent_seize(struct attack *a)
{
	pid_t pid = aim(a);
	int failed = trace(pid, BY_SEIZE);

	if (failed < 0)
		return failed;
	untrace(pid);
	return ALLOWED;
}

int agent_getfd(struct attack *a)
{
	int fd = get_fd(open_pidfd(aim(a), 0), (int)a->row->number);

	return fd < 0 && fd != -EBADF ? fd : ALLOWED;
}

int agent_open_mem(struct attack *a)
{
	int fd = open_of(aim(a), "mem", O_RDWR);

	return fd < 0 ? fd : ALLOWED;
}

/* It would be the first one to be killed when memory runs out. */
int offer_to_oom_killer(struct attack *a)
{
	char path[40], before[32];
	pid_t pid = aim(a);
	int failed;

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	failed = get_text(path, before, sizeof(before));
	if (failed == 0)
		failed = put_text(path, "1000");
	if (failed == 0)
		failed = put_text(path, before);
	return failed < 0 ? failed : ALLOWED;
}

/* The process's cgroup. */
static int folder_of(pid_t pid, char folder[FOLDER_ROOM])
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
	(void)snprintf(folder, FOLDER_ROOM, OWN_MOUNT "%s", line + 3);
	return 0;
}

/* Into a new one of the attacker's. */
static int move(pid_t pid, char folder[FOLDER_ROOM])
{
	char path[FOLDER_ROOM + 20], text[16];

	(void)snprintf(folder, FOLDER_ROOM, OWN_MOUNT "/attack.%d", (int)getpid());
	if (mkdir(folder, 0755) < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return put_text(path, text);
}

static int is_frozen(const char *folder)
{
	char path[FOLDER_ROOM + 20], text[TEXT];
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
int agent_cgroup(struct attack *a)
{
	char folder[FOLDER_ROOM], path[FOLDER_ROOM + 20];
	int failed = mount_own("cgroup2");
	pid_t pid = aim(a);

	if (failed == 0)
		failed = a->row->text[1] == 'm' || a->options->is_control ? move(pid, folder) : folder_of(pid, folder);
	if (failed == -ESRCH)
		return not_here(a, "it is in the root cgroup");
	if (failed < 0)
		return failed;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, a->row->text + 2);
	failed = put_text(path, "1");
	for (int waited = 0; failed == 0 && waited < WAIT_MS; waited += STEP_MS) {
		pause_ms(STEP_MS);
		if (is_frozen(folder))
			return put_text(path, "0") < 0 ? -errno : ALLOWED;
		if (strchr("ZX", state_of(pid)) != NULL)
			return ALLOWED;
	}
	return failed < 0 ? failed : -ETIMEDOUT;
}
