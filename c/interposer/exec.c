/*
 * exec.c - the hand-over, again: what the application executes gets a parcel of its own, with those
 * secrets that its environment holds unchanged.
 *
 * It may run in a child after vfork, in its parent's memory, and in a signal handler: nothing is
 * kept in memory of the process but on the stack, and what is mapped is unmapped.
 */
#include "exec.h"
#include "adopt.h"
#include "pack.h"
#include "raw.h"

#include <linux/fcntl.h>

#define MOST_ENTRIES 8192
#define LONGEST_PRELOAD 4096

extern char **environ __attribute__((weak));

static long run(const char *path, long fd, char *const *argv, char *const *env)
{
	if (fd >= 0)
		return CT_CALL5(__NR_execveat, fd, "", argv, env, AT_EMPTY_PATH);
	return CT_CALL3(__NR_execve, path, argv, env);
}

/* The wrapper looks at the process that it started; children are not its business. */
static uint32_t is_noted(void)
{
	return (uint32_t)ct_call(__NR_getpid, 0, 0, 0, 0, 0, 0) == ct_parcel->pid;
}

static void note(enum ct_target verdict)
{
	if (!is_noted())
		return;
	ct_parcel->executed++;
	ct_parcel->verdict = (uint32_t)verdict;
}

/* Adds what names parcel and interposer, behind `count` entries, and executes. `place`: LD_PRELOAD's, or count. */
static long depart(const char *path, long fd, char *const *argv, char **env, size_t count, size_t place,
		   const struct journey *journey)
{
	char handover[sizeof(CT_HANDOVER) + 4 * 20];
	size_t theirs = place < count ? ct_length(env[place]) : 0;
	char *preload = __builtin_alloca(sizeof(CT_PRELOAD) + sizeof(CT_FD_PATH) + 24 + theirs);
	char *at = ct_put_number(ct_put(ct_put(preload, CT_PRELOAD), CT_FD_PATH), (uint64_t)journey->image);

	if (place < count)
		(void)ct_put(ct_put(at, ":"), env[place] + sizeof(CT_PRELOAD) - 1);
	else
		count++;
	env[place] = preload;
	at = ct_put_number(ct_put(handover, CT_HANDOVER), (uint64_t)journey->parcel);
	at = ct_put_number(ct_put(at, ":"), ct_parcel->bytes);
	at = ct_put_number(ct_put(at, ":"), (uint64_t)journey->image);
	(void)ct_put_number(ct_put(at, ":"), ct_image_bytes);
	env[count++] = handover;
	env[count] = NULL;
	(void)CT_CALL3(__NR_fcntl, journey->parcel, F_SETFD, 0);
	(void)CT_CALL3(__NR_fcntl, journey->image, F_SETFD, 0);
	return run(path, fd, argv, env);
}

static size_t find_preload(char *const *env, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ct_begins(env[i], CT_PRELOAD))
			return i;
	return count;
}

static bool fits(char *const *env, size_t *ret_count)
{
	size_t count = 0;
	int preloads = 0; /* of several nobody knows which one the loader takes */

	for (; env[count] != NULL; count++)
		if (ct_begins(env[count], CT_PRELOAD) && (++preloads > 1 || ct_length(env[count]) > LONGEST_PRELOAD))
			return false;
	*ret_count = count;
	return count + ct_parcel->count <= MOST_ENTRIES;
}

/* -errno of execve, or 0 when nothing could be handed over: *ret_verdict says why. */
static long hand_over(const char *path, long fd, char *const *argv, char *const *env, size_t count,
		      enum ct_target *ret_verdict)
{
	char **changed = __builtin_alloca((count + 3) * sizeof(*changed));
	unsigned char *wanted = __builtin_alloca(ct_parcel->count + 1);
	struct journey journey = { -1, -1, 0 };
	long answer = 0;

	for (uint32_t i = 0; i < ct_parcel->count; i++)
		wanted[i] = 0;
	journey.expected = ct_blank_secrets(env, changed, wanted);
	if (journey.expected == 0)
		return 0;
	*ret_verdict = ct_pack(&journey, wanted);
	if (*ret_verdict == CT_TARGET_ABLE) {
		note(CT_TARGET_ABLE);
		answer = depart(path, fd, argv, changed, count, find_preload(env, count), &journey);
		ct_parcel->executed -= is_noted();
	}
	ct_unpack(&journey);
	return answer;
}

/* Then execve(2) makes the program a secure one (AT_SECURE), as it does for setuid programs. */
static bool has_other_ids(void)
{
	return ct_call(__NR_getuid, 0, 0, 0, 0, 0, 0) != ct_call(__NR_geteuid, 0, 0, 0, 0, 0, 0) ||
	       ct_call(__NR_getgid, 0, 0, 0, 0, 0, 0) != ct_call(__NR_getegid, 0, 0, 0, 0, 0, 0);
}

long ct_execute(const char *path, long fd, char *const argv[], char *const env[])
{
	enum ct_target verdict;
	size_t count;
	long answer;

	ct_take_over(&environ != NULL ? environ : NULL);
	if (ct_parcel == NULL || ct_parcel->count == 0 || env == NULL)
		return run(path, fd, argv, env);
	verdict = fd >= 0 ? ct_target_look_fd(fd, NULL) : ct_target_look(path, NULL);
	if (verdict == CT_TARGET_ABLE && has_other_ids())
		verdict = CT_TARGET_IDS;
	if (verdict == CT_TARGET_ABLE && !fits(env, &count))
		verdict = CT_TARGET_TOO_MUCH;
	if (verdict == CT_TARGET_ABLE) {
		answer = hand_over(path, fd, argv, env, count, &verdict);
		if (answer != 0)
			return answer;
	}
	note(verdict);
	answer = run(path, fd, argv, env);
	ct_parcel->executed -= is_noted();
	return answer;
}
