/*
 * run.c - one row in a child of its own, with a time limit, and what came of it in words.
 */
#include "attack.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_MS = 60000, STEP_MS = 5, MOST_HELD = 64 };

static struct outcome *share_outcome(void)
{
	void *at = mmap(NULL, sizeof(struct outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static int prepare(const struct row *row)
{
	if (!(row->flags & MOUNTS))
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return 0;
}

static void settle(struct outcome *outcome, int result)
{
	outcome->result = result;
	outcome->done = 1;
}

static _Noreturn void attack_now(struct attack *a)
{
	int result = prepare(a->row);

	(void)setsid();
	if (result == 0 && a->row->hold != NULL)
		result = a->row->hold(a);
	if (result == 0)
		result = a->row->run(a);
	settle(a->outcome, result);
	_exit(0);
}

/* Waits for the attacker, and ends what it left behind. */
static void await(pid_t pid, struct outcome *outcome)
{
	int status = 0;

	for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited += STEP_MS) {
		if (waited > LIMIT_MS) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			status = 0;
			(void)snprintf(outcome->why, sizeof(outcome->why), "no end in %d s", LIMIT_MS / 1000);
			settle(outcome, NOT_HERE);
			break;
		}
		moment(STEP_MS);
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

/* ENOENT, ENOSYS and their like say that the kernel has no such thing, not that anybody refused. */
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

const char *words_of(const struct outcome *outcome, char *into, size_t size)
{
	const char *missing = absence(outcome->result);

	if (outcome->leaked)
		(void)snprintf(into, size, "leaked");
	else if (outcome->killed != 0)
		(void)snprintf(into, size, "killed:%d", outcome->killed);
	else if (!outcome->done)
		(void)snprintf(into, size, "n/a:the attacker failed");
	else if (outcome->result == NOT_HERE)
		(void)snprintf(into, size, "n/a:%s", outcome->why);
	else if (missing != NULL)
		(void)snprintf(into, size, "n/a:%s", missing);
	else if (outcome->result < 0)
		(void)snprintf(into, size, "blocked:%s", strerrorname_np(-outcome->result));
	else
		(void)snprintf(into, size, "%s", outcome->result == LEAKED ? "leaked" : "allowed");
	return into;
}

/* A row of --hold: its first half now, its second once the trigger is there. */
static pid_t start_holding(const struct row *row, struct attack *a, int ready, int go)
{
	pid_t pid = fork();
	char byte = 0;
	int result;

	if (pid != 0)
		return pid;
	(void)setsid();
	result = prepare(row);
	if (result == 0)
		result = row->hold(a);
	if (write(ready, "", 1) != 1 || (read(go, &byte, 1) < 0))
		_exit(1);
	settle(a->outcome, result == 0 ? row->run(a) : result);
	_exit(0);
}

int hold_rows(const char *name, const struct target *target, const struct options *options)
{
	struct attack attacks[MOST_HELD];
	int ready[2], go[2], count = 0, is_gone;
	pid_t pids[MOST_HELD];
	char text[128];

	if (options->trigger == NULL || pipe(ready) < 0 || pipe(go) < 0)
		return 2;
	for (const struct row *row = next_row(NULL); row != NULL && count < MOST_HELD; row = next_row(row)) {
		if (row->hold == NULL || (strcmp(name, "all") != 0 && strcmp(name, row->name) != 0))
			continue;
		attacks[count] = (struct attack){ .row = row, .target = *target, .options = options,
						  .outcome = share_outcome(), .fd = -1 };
		pids[count] = start_holding(row, &attacks[count], ready[1], go[0]);
		if (read(ready[0], text, 1) == 1)
			count++;
	}
	printf("holding %d\n", count);
	(void)fflush(stdout);
	while (access(options->trigger, F_OK) < 0)
		moment(STEP_MS);
	is_gone = strchr("ZX", state_of(target->pid)) != NULL;
	for (int i = 0; i < count; i++) {
		if (write(go[1], "", 1) != 1)
			return 1;
	}
	for (int i = 0; i < count; i++) {
		await(pids[i], attacks[i].outcome);
		if (is_gone)
			*attacks[i].outcome = (struct outcome){ .done = 1, .result = NOT_HERE, .why = "the victim is gone" };
		printf("%s %s %s\n", attacks[i].row->name, attacks[i].row->vector,
		       words_of(attacks[i].outcome, text, sizeof(text)));
	}
	return 0;
}
