/*
 * run.c - the one runner: an attack in a child process with a time limit, and the word for its result.
 */
#include "attack.h"

enum { LIMIT_MS = 60000, STEP_MS = 5, MOST_HELD = 64 };

static struct outcome *share_outcome(void)
{
	void *at = mmap(NULL, sizeof(struct outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static void end_with(struct outcome *outcome, int result)
{
	outcome->result = result;
	outcome->done = 1;
}

/* The steps before the last one: 0, or the result. */
static int open_first(struct attack *a)
{
	const char *why = arch_lacks(a->row->name);
	int result = why != NULL ? not_here(a, why) : has_mark(a->row, 'N') ? leave_mounts() : 0;

	return result == 0 && a->row->open != NULL ? a->row->open(a) : result;
}

static _Noreturn void attack_now(struct attack *a)
{
	int result;

	(void)setsid();
	result = open_first(a);
	end_with(a->outcome, result == 0 ? a->row->run(a) : result);
	_exit(0);
}

/* Waits for the attacker, and ends the processes that it left. */
static void await(pid_t pid, struct outcome *outcome)
{
	int status = 0;

	for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited += STEP_MS) {
		if (waited > LIMIT_MS) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			status = 0;
			(void)snprintf(outcome->why, sizeof(outcome->why), "no end in %d s", LIMIT_MS / 1000);
			end_with(outcome, NOT_HERE);
			break;
		}
		pause_ms(STEP_MS);
	}
	(void)kill(-pid, SIGKILL);
	if (WIFSIGNALED(status))
		outcome->killed = WTERMSIG(status);
}

int run_row(const struct row *row, const struct target *target, const struct options *options, struct outcome *result)
{
	struct attack a = { .row = row, .target = *target, .options = options, .outcome = share_outcome(), .fd = -1 };
	pid_t pid;

	if (a.outcome == NULL)
		return -ENOMEM;
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		attack_now(&a);
	await(pid, a.outcome);
	(void)rmdir(OWN_MOUNT);
	(void)rmdir(OWN_MOUNT_MOVED);
	*result = *a.outcome;
	(void)munmap(a.outcome, sizeof(*a.outcome));
	return 0;
}

/* These errors mean that the kernel lacks something, not that it refused. */
static const char *absence(int error)
{
	switch (error) {
	case -ENOSYS:
		return "no such call";
	case -ENOENT:
		return "no such file";
	case -ENODEV:
	case -EOPNOTSUPP:
		return "not in this kernel";
	default:
		return NULL;
	}
}

const char *result_text(const struct outcome *outcome, char *into, size_t size)
{
	const char *missing = absence(outcome->result);

	if (outcome->leaked)
		(void)snprintf(into, size, "leaked");
	else if (outcome->killed != 0)
		(void)snprintf(into, size, "killed:%d", outcome->killed);
	else if (!outcome->done)
		(void)snprintf(into, size, "n/a:the attacker failed");
	else if (outcome->result == NOT_HERE || missing != NULL)
		(void)snprintf(into, size, "n/a:%s", missing != NULL ? missing : outcome->why);
	else if (outcome->result < 0)
		(void)snprintf(into, size, "blocked:%s", strerrorname_np(-outcome->result));
	else
		(void)snprintf(into, size, "%s", outcome->result == LEAKED ? "leaked" : "allowed");
	return into;
}

/* An attack of --hold: its first steps now, the last one after a byte came through `go`. */
static pid_t start_holding(struct attack *a, int ready, int go)
{
	pid_t pid = fork();
	char byte = 0;
	int result;

	if (pid != 0)
		return pid;
	(void)setsid();
	result = open_first(a);
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) < 0)
		_exit(1);
	end_with(a->outcome, result == 0 ? a->row->run(a) : result);
	_exit(0);
}

int hold_rows(const char *name, const struct target *target, const struct options *options)
{
	struct attack attacks[MOST_HELD];
	int ready[2], go[2], count = 0, victim_is_gone;
	pid_t pids[MOST_HELD];
	char text[128];

	if (options->trigger == NULL || pipe(ready) < 0 || pipe(go) < 0)
		return 2;
	for (const struct row *row = table; row->name != NULL && count < MOST_HELD; row++) {
		if (!has_mark(row, 'H') || (strcmp(name, "all") != 0 && strcmp(name, row->name) != 0))
			continue;
		attacks[count] = (struct attack){ .row = row, .target = *target, .options = options,
						  .outcome = share_outcome(), .fd = -1 };
		pids[count] = start_holding(&attacks[count], ready[1], go[0]);
		if (read(ready[0], text, 1) == 1)
			count++;
	}
	printf("holding %d\n", count);
	(void)fflush(stdout);
	while (access(options->trigger, F_OK) < 0)
		pause_ms(STEP_MS);
	victim_is_gone = is_gone(target->pid);
	for (int i = 0; i < count; i++)
		if (write(go[1], "", 1) != 1)
			return 1;
	for (int i = 0; i < count; i++) {
		await(pids[i], attacks[i].outcome);
		if (victim_is_gone)
			*attacks[i].outcome = (struct outcome){ .done = 1, .result = NOT_HERE, .why = "the victim is gone" };
		printf("%s %s %s\n", attacks[i].row->name, attacks[i].row->vector,
		       result_text(attacks[i].outcome, text, sizeof(text)));
	}
	return 0;
}
