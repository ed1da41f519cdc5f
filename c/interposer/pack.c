/*
 * pack.c - what goes along with one execve: a hand-off with those secrets that the environment holds
 * unchanged, and the interposer's own file. Nothing is kept in memory of the process: it may be a
 * child after vfork, in its parent's.
 */
#include "pack.h"
#include "adopt.h"
#include "limits.h"
#include "raw.h"

#include <linux/fcntl.h>
#include <linux/memfd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define EINVAL_ANSWER (-22L)
#define UNUSUAL_FD 900
#define WANTED 1
#define BLANK 2

/* The index of the secret whose name the entry has, or -1. */
static long find(const char *entry, uint32_t *next)
{
	const struct ct_handoff *handoff = ct_handoff;

	for (uint32_t tried = 0; tried < handoff->count; tried++) {
		uint32_t index = (*next + tried) % handoff->count;

		if (handoff->secrets[index].length == 0 ||
		    !ct_begins(entry, ct_handoff_text(handoff, handoff->secrets[index].blank)))
			continue;
		*next = index + 1;
		return index;
	}
	return -1;
}

/* As it is, or as it was before an update: a shell has its own copy. */
static bool is_value(const char *entry, const struct ct_handoff_secret *secret)
{
	return ct_same(entry, ct_handoff_text(ct_handoff, secret->entry)) ||
	       (secret->other != 0 && ct_same(entry, ct_handoff_text(ct_handoff, secret->other)));
}

static bool is_blank(const char *entry, long index)
{
	return ct_same(entry, ct_handoff_text(ct_handoff, ct_handoff->secrets[index].blank));
}

void ct_blank_secrets(char *const *env, size_t count, char **ret_env, unsigned char *ret_wanted, struct journey *journey)
{
	uint32_t next = 0;
	long index;
	size_t i;

	ct_follow_updates();
	for (i = 0; i < count && env[i] != NULL; i++) {
		index = find(env[i], &next);
		if (index >= 0 && is_blank(env[i], index))
			ret_wanted[index] = BLANK;
	}
	for (i = 0; i < count && env[i] != NULL; i++) {
		index = find(env[i], &next);
		ret_env[i] = env[i];
		if (index < 0 || ret_wanted[index] == BLANK || !is_value(env[i], &ct_handoff->secrets[index]))
			continue;
		ret_wanted[index] = WANTED;
		ret_env[i] = (char *)ct_handoff + ct_handoff->secrets[index].blank;
		if (journey->expected++ == 0) {
			journey->place = i;
			journey->stand_in = (uint32_t)index;
		}
	}
	ret_env[i] = NULL;
}

static void copy(char *to, const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = from[i];
}

/* A hand-off with the wanted ones only: its file, or -1. */
static long send_handoff(const unsigned char *wanted, uint32_t expected)
{
	size_t head = sizeof(*ct_handoff) + ct_handoff->count * sizeof(ct_handoff->secrets[0]);
	long fd = CT_CALL1(__NR_memfd_secret, O_CLOEXEC);
	struct ct_handoff *sent;

	if (fd < 0)
		return -1;
	if (CT_CALL2(__NR_ftruncate, fd, ct_handoff->bytes) < 0 ||
	    (sent = ct_map(fd, ct_handoff->bytes, CT_PROT_READ | CT_PROT_WRITE, CT_MAP_SHARED)) == NULL) {
		(void)CT_CALL1(__NR_close, fd);
		return -1;
	}
	copy((char *)sent, (const char *)ct_handoff, head);
	for (uint32_t i = 0; i < ct_handoff->count; i++) {
		struct ct_handoff_secret *secret = &sent->secrets[i];

		if (wanted[i] != WANTED) {
			secret->length = 0;
			continue;
		}
		/* The wrapper may be updating it: once read, entry names a whole string, and no other field goes with it. */
		secret->entry = __atomic_load_n(&ct_handoff->secrets[i].entry, __ATOMIC_ACQUIRE);
		secret->length = (uint32_t)ct_length(ct_handoff_text(ct_handoff, secret->entry)) + 1;
		secret->other = 0; /* nobody updates what is executed: its page is not shared with the wrapper */
		copy((char *)sent + secret->entry, ct_handoff_text(ct_handoff, secret->entry), secret->length);
		copy((char *)sent + secret->blank, ct_handoff_text(ct_handoff, secret->blank),
		     ct_length(ct_handoff_text(ct_handoff, secret->blank)) + 1);
	}
	sent->expected = expected;
	sent->parent = sent->released = sent->state = sent->adopted = sent->pid = sent->executed = sent->verdict =
		sent->generation = 0;
	(void)CT_CALL2(__NR_munmap, sent, ct_handoff->bytes);
	return fd;
}

static bool write_all(long fd, const void *bytes, uint64_t count)
{
	for (uint64_t done = 0; done < count;) {
		long written = CT_CALL3(__NR_write, fd, (const char *)bytes + done, count - done);

		if (written <= 0)
			return false;
		done += (uint64_t)written;
	}
	return true;
}

/*
 * A number that nobody else has: a debugger that looks before constructors run opens the path under which the
 * loader lists us, and means a descriptor of its own.
 */
static long move_out_of_the_way(long fd)
{
	long high = fd >= 0 ? CT_CALL3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, UNUSUAL_FD) : -1;

	if (high < 0)
		return fd;
	(void)CT_CALL1(__NR_close, fd);
	return high;
}

/* The interposer's own file with its note, or -1. */
static long send_image(const struct journey *journey)
{
	const struct ct_note note = { CT_NOTE_MAGIC, (uint32_t)journey->handoff_there, ct_handoff->bytes, journey->stand_in, 0 };
	long fd = CT_CALL2(__NR_memfd_create, "cloudtaser", MFD_CLOEXEC | MFD_EXEC);

	if (fd == EINVAL_ANSWER) /* before Linux 6.3 */
		fd = CT_CALL2(__NR_memfd_create, "cloudtaser", MFD_CLOEXEC);
	if (fd >= 0 && (!write_all(fd, ct_image, ct_image_bytes) || !write_all(fd, &note, sizeof(note)))) {
		(void)CT_CALL1(__NR_close, fd);
		return -1;
	}
	return move_out_of_the_way(fd);
}

/* Whether the loader will find the file: /proc may be missing, after chroot for example. */
static bool is_reachable(long image)
{
	char path[sizeof(CT_FD_PATH) + 20];
	struct ct_file file;
	bool is_there;
	long fd;

	(void)ct_put_number(ct_put(path, CT_FD_PATH), (uint64_t)image);
	fd = ct_call(__NR_openat, CT_AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return false;
	is_there = ct_identify(image, &file) && ct_is_file(fd, &file);
	(void)CT_CALL1(__NR_close, fd);
	return is_there;
}

static long reserve(long fd, bool is_elsewhere)
{
	return is_elsewhere ? CT_CALL3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, fd) : fd;
}

static void close_both(long fd, long there)
{
	if (fd >= 0)
		(void)CT_CALL1(__NR_close, fd);
	if (there >= 0 && there != fd)
		(void)CT_CALL1(__NR_close, there);
}

void ct_unpack(const struct journey *journey)
{
	close_both(journey->handoff, journey->handoff_there);
	close_both(journey->image, journey->image_there);
}

enum ct_target ct_pack(struct journey *journey, const unsigned char *wanted, bool is_elsewhere)
{
	if (!ct_may_be_written(ct_handoff->bytes) || !ct_may_be_written(ct_image_bytes + sizeof(struct ct_note)) ||
	    !ct_may_be_locked(ct_handoff->bytes))
		return CT_TARGET_MEMORY;
	journey->handoff = send_handoff(wanted, journey->expected);
	if (journey->handoff < 0)
		return CT_TARGET_MEMORY;
	journey->handoff_there = reserve(journey->handoff, is_elsewhere);
	journey->image = send_image(journey);
	if (journey->image < 0)
		return CT_TARGET_MEMORY;
	journey->image_there = reserve(journey->image, is_elsewhere);
	if (journey->handoff_there < 0 || journey->image_there < 0)
		return CT_TARGET_MEMORY;
	return is_reachable(journey->image) ? CT_TARGET_ABLE : CT_TARGET_PROC;
}
