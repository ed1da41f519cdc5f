/*
 * exec.c - the hand-over, again: what the application executes gets a parcel of its own, with those
 * secrets that its environment holds unchanged.
 *
 * It may run in a child after vfork, in its parent's memory, and in a signal handler: nothing is
 * kept in memory of the process but on the stack, and what is mapped is unmapped.
 */
#include "exec.h"
#include "adopt.h"
#include "raw.h"
#include "target.h"

#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/stat.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define EINVAL_ANSWER (-22L)
#define MOST_ENTRIES 8192
#define LONGEST_PRELOAD 4096
#define WANTED 1
#define BLANK 2

/* What goes along with one execve. */
struct journey {
	long parcel, image; /* descriptors */
	uint32_t expected;
};

/* The index of the secret whose name the entry has, or -1. */
static long find(const char *entry, uint32_t *next)
{
	const struct ct_parcel *parcel = ct_parcel;

	for (uint32_t tried = 0; tried < parcel->count; tried++) {
		uint32_t index = (*next + tried) % parcel->count;

		if (parcel->secrets[index].length == 0 ||
		    !ct_begins(entry, ct_parcel_text(parcel, parcel->secrets[index].blank)))
			continue;
		*next = index + 1;
		return index;
	}
	return -1;
}

static bool is_blank(const char *entry, long index)
{
	return ct_same(entry, ct_parcel_text(ct_parcel, ct_parcel->secrets[index].blank));
}

/*
 * The environment with `NAME=` in place of secrets. Compared by content: shells make their own
 * copies. Where the application has emptied one itself, that one travels in the ordinary way.
 */
static uint32_t blank_secrets(char *const *env, char **ret_env, unsigned char *ret_wanted)
{
	uint32_t expected = 0;
	uint32_t next = 0;
	long index;

	for (size_t i = 0; env[i] != NULL; i++) {
		index = find(env[i], &next);
		if (index >= 0 && is_blank(env[i], index))
			ret_wanted[index] = BLANK;
	}
	for (size_t i = 0; env[i] != NULL; i++) {
		index = find(env[i], &next);
		ret_env[i] = env[i];
		if (index < 0 || ret_wanted[index] == BLANK ||
		    !ct_same(env[i], ct_parcel_text(ct_parcel, ct_parcel->secrets[index].entry)))
			continue;
		ret_wanted[index] = WANTED;
		ret_env[i] = (char *)ct_parcel + ct_parcel->secrets[index].blank;
		expected++;
	}
	return expected;
}

static void copy(char *to, const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = from[i];
}

/* A parcel with the wanted ones only: its file, or -1. */
static long send_parcel(const unsigned char *wanted, uint32_t expected)
{
	size_t head = sizeof(*ct_parcel) + ct_parcel->count * sizeof(ct_parcel->secrets[0]);
	long fd = CT_CALL1(__NR_memfd_secret, O_CLOEXEC);
	struct ct_parcel *sent;

	if (fd < 0)
		return -1;
	if (CT_CALL2(__NR_ftruncate, fd, ct_parcel->bytes) < 0 ||
	    (sent = ct_map(fd, ct_parcel->bytes, CT_PROT_READ | CT_PROT_WRITE, CT_MAP_SHARED)) == NULL) {
		(void)CT_CALL1(__NR_close, fd);
		return -1;
	}
	copy((char *)sent, (const char *)ct_parcel, head);
	for (uint32_t i = 0; i < ct_parcel->count; i++) {
		struct ct_parcel_secret *secret = &sent->secrets[i];

		if (wanted[i] != WANTED) {
			secret->length = 0;
			continue;
		}
		copy((char *)sent + secret->entry, ct_parcel_text(ct_parcel, secret->entry), secret->length);
		copy((char *)sent + secret->blank, ct_parcel_text(ct_parcel, secret->blank),
		     ct_length(ct_parcel_text(ct_parcel, secret->blank)) + 1);
	}
	sent->expected = expected;
	sent->parent = sent->released = sent->state = sent->adopted = sent->pid = sent->executed = sent->verdict = 0;
	(void)CT_CALL2(__NR_munmap, sent, ct_parcel->bytes);
	return fd;
}

/* The interposer's own file, or -1. */
static long send_image(void)
{
	long fd = CT_CALL2(__NR_memfd_create, "cloudtaser", MFD_CLOEXEC | MFD_EXEC);

	if (fd == EINVAL_ANSWER) /* before Linux 6.3 */
		fd = CT_CALL2(__NR_memfd_create, "cloudtaser", MFD_CLOEXEC);
	for (uint64_t done = 0; fd >= 0 && done < ct_image_bytes;) {
		long written = CT_CALL3(__NR_write, fd, ct_image + done, ct_image_bytes - done);

		if (written <= 0) {
			(void)CT_CALL1(__NR_close, fd);
			return -1;
		}
		done += (uint64_t)written;
	}
	return fd;
}

/* Whether the loader will find the file: /proc may be missing, after chroot for example. */
static bool is_reachable(long image)
{
	char path[sizeof(CT_FD_PATH) + 20];
	struct statx here, there;
	long fd;

	(void)ct_put_number(ct_put(path, CT_FD_PATH), (uint64_t)image);
	fd = ct_call(__NR_openat, CT_AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return false;
	here.stx_ino = there.stx_ino = 0;
	(void)CT_CALL5(__NR_statx, image, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &here);
	(void)CT_CALL5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &there);
	(void)CT_CALL1(__NR_close, fd);
	return here.stx_ino == there.stx_ino && here.stx_ino != 0 && here.stx_dev_minor == there.stx_dev_minor;
}

static void unpack(const struct journey *journey)
{
	if (journey->parcel >= 0)
		(void)CT_CALL1(__NR_close, journey->parcel);
	if (journey->image >= 0)
		(void)CT_CALL1(__NR_close, journey->image);
}

static enum ct_target pack(struct journey *journey, const unsigned char *wanted)
{
	if (ct_count_filters() != ct_filters)
		return CT_TARGET_SECCOMP;
	journey->image = send_image();
	journey->parcel = send_parcel(wanted, journey->expected);
	if (journey->image < 0 || journey->parcel < 0)
		return CT_TARGET_MEMORY;
	return is_reachable(journey->image) ? CT_TARGET_ABLE : CT_TARGET_PROC;
}

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

/* Adds what names parcel and interposer, behind `count` entries, and executes. */
static long depart(const char *path, long fd, char *const *argv, char **env, size_t count, const struct journey *journey)
{
	char preload[LONGEST_PRELOAD + 64];
	char handover[sizeof(CT_HANDOVER) + 4 * 20];
	char *at = ct_put_number(ct_put(ct_put(preload, CT_PRELOAD), CT_FD_PATH), (uint64_t)journey->image);
	size_t place = count;

	for (size_t i = 0; i < count; i++)
		if (ct_begins(env[i], CT_PRELOAD)) {
			(void)ct_put(ct_put(at, ":"), env[i] + sizeof(CT_PRELOAD) - 1);
			place = i;
			break;
		}
	env[place] = preload;
	if (place == count)
		count++;
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
	journey.expected = blank_secrets(env, changed, wanted);
	if (journey.expected == 0)
		return 0;
	*ret_verdict = pack(&journey, wanted);
	if (*ret_verdict == CT_TARGET_ABLE) {
		note(CT_TARGET_ABLE);
		answer = depart(path, fd, argv, changed, count, &journey);
		ct_parcel->executed -= is_noted();
	}
	unpack(&journey);
	return answer;
}

long ct_execute(const char *path, long fd, char *const argv[], char *const env[])
{
	enum ct_target verdict;
	size_t count;
	long answer;

	if (ct_parcel == NULL || ct_parcel->count == 0 || env == NULL)
		return run(path, fd, argv, env);
	verdict = fd >= 0 ? ct_target_look_fd(fd, NULL) : ct_target_look(path, NULL);
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
