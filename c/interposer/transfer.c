/*
 * transfer.c - the two files that one execve passes on: a hand-off with the secrets that are unchanged in the
 * environment, and the interposer's own file. Keeps no state in memory: this may be a child after vfork, which shares
 * its parent's memory.
 */
#include "transfer.h"
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
#define PLACEHOLDER 2

/* Index of the secret with the entry's name, or -1. */
static long find(const char *entry, uint32_t *next)
{
	const struct ct_handoff *handoff = ct_handoff;

	for (uint32_t tried = 0; tried < handoff->count; tried++) {
		uint32_t index = (*next + tried) % handoff->count;

		if (handoff->secrets[index].length == 0 ||
		    !ct_starts_with(entry, ct_handoff_text(handoff, handoff->secrets[index].placeholder)))
			continue;
		*next = index + 1;
		return index;
	}
	return -1;
}

/* Whether the entry has the current value or that before an update: a shell keeps its own copy. */
static bool is_value(const char *entry, const struct ct_handoff_secret *secret)
{
	return ct_equal(entry, ct_handoff_text(ct_handoff, secret->entry)) ||
	       (secret->other != 0 && ct_equal(entry, ct_handoff_text(ct_handoff, secret->other)));
}

static bool is_placeholder(const char *entry, long index)
{
	return ct_equal(entry, ct_handoff_text(ct_handoff, ct_handoff->secrets[index].placeholder));
}

void ct_replace_secrets(char *const *env, size_t count, char **ret_env, unsigned char *ret_wanted, struct transfer *transfer)
{
	uint32_t next = 0;
	long index;
	size_t i;

	ct_follow_updates();
	for (i = 0; i < count && env[i] != NULL; i++) {
		index = find(env[i], &next);
		if (index >= 0 && is_placeholder(env[i], index))
			ret_wanted[index] = PLACEHOLDER;
	}
	for (i = 0; i < count && env[i] != NULL; i++) {
		index = find(env[i], &next);
		ret_env[i] = env[i];
		if (index < 0 || ret_wanted[index] == PLACEHOLDER || !is_value(env[i], &ct_handoff->secrets[index]))
			continue;
		ret_wanted[index] = WANTED;
		ret_env[i] = (char *)ct_handoff + ct_handoff->secrets[index].placeholder;
		if (transfer->expected++ == 0) {
			transfer->place = i;
			transfer->replaced_secret = (uint32_t)index;
		}
	}
	ret_env[i] = NULL;
}

static void copy(char *to, const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = from[i];
}

/* Creates a hand-off with the wanted secrets. Its descriptor, or -1. */
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
		/* The wrapper may be updating it: read `entry` once. It points to a whole string; `length` may not match it. */
		secret->entry = __atomic_load_n(&ct_handoff->secrets[i].entry, __ATOMIC_ACQUIRE);
		secret->length = (uint32_t)ct_strlen(ct_handoff_text(ct_handoff, secret->entry)) + 1;
		secret->other = 0; /* no updates: the wrapper does not map this hand-off */
		copy((char *)sent + secret->entry, ct_handoff_text(ct_handoff, secret->entry), secret->length);
		copy((char *)sent + secret->placeholder, ct_handoff_text(ct_handoff, secret->placeholder),
		     ct_strlen(ct_handoff_text(ct_handoff, secret->placeholder)) + 1);
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
 * Moves a descriptor to a number that other processes are unlikely to use: before constructors run (own_path.c), a
 * debugger may open our path, which then refers to its own descriptor.
 */
static long move_out_of_the_way(long fd)
{
	long high = fd >= 0 ? CT_CALL3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, UNUSUAL_FD) : -1;

	if (high < 0)
		return fd;
	(void)CT_CALL1(__NR_close, fd);
	return high;
}

/* Creates a copy of the interposer's own file with a new note. Its descriptor, or -1. */
static long send_own_file(const struct transfer *transfer)
{
	const struct ct_note note = { CT_NOTE_MAGIC, (uint32_t)transfer->handoff_there, ct_handoff->bytes, transfer->replaced_secret, 0 };
	long fd = CT_CALL2(__NR_memfd_create, "cloudtaser", MFD_CLOEXEC | MFD_EXEC);

	if (fd == EINVAL_ANSWER) /* before Linux 6.3 */
		fd = CT_CALL2(__NR_memfd_create, "cloudtaser", MFD_CLOEXEC);
	if (fd >= 0 && (!write_all(fd, ct_own_file, ct_own_file_bytes) || !write_all(fd, &note, sizeof(note)))) {
		(void)CT_CALL1(__NR_close, fd);
		return -1;
	}
	return move_out_of_the_way(fd);
}

/* Whether the loader will find the file: /proc may be missing, for example after chroot. */
static bool is_reachable(long image)
{
	char path[sizeof(CT_FD_PATH) + 20];
	struct ct_file file;
	bool is_there;
	long fd;

	(void)ct_append_number(ct_append(path, CT_FD_PATH), (uint64_t)image);
	fd = ct_call(__NR_openat, CT_AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return false;
	is_there = ct_identify(image, &file) && ct_is_file(fd, &file);
	(void)CT_CALL1(__NR_close, fd);
	return is_there;
}

static long reserve(long fd, bool in_other_process)
{
	return in_other_process ? CT_CALL3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, fd) : fd;
}

static void close_both(long fd, long there)
{
	if (fd >= 0)
		(void)CT_CALL1(__NR_close, fd);
	if (there >= 0 && there != fd)
		(void)CT_CALL1(__NR_close, there);
}

void ct_close_transfer(const struct transfer *transfer)
{
	close_both(transfer->handoff, transfer->handoff_there);
	close_both(transfer->own_file, transfer->own_file_there);
}

enum ct_target ct_make_transfer(struct transfer *transfer, const unsigned char *wanted, bool in_other_process)
{
	if (!ct_may_write_file(ct_handoff->bytes) || !ct_may_write_file(ct_own_file_bytes + sizeof(struct ct_note)) ||
	    !ct_may_lock(ct_handoff->bytes))
		return CT_TARGET_MEMORY;
	transfer->handoff = send_handoff(wanted, transfer->expected);
	if (transfer->handoff < 0)
		return CT_TARGET_MEMORY;
	transfer->handoff_there = reserve(transfer->handoff, in_other_process);
	transfer->own_file = send_own_file(transfer);
	if (transfer->own_file < 0)
		return CT_TARGET_MEMORY;
	transfer->own_file_there = reserve(transfer->own_file, in_other_process);
	if (transfer->handoff_there < 0 || transfer->own_file_there < 0)
		return CT_TARGET_MEMORY;
	return is_reachable(transfer->own_file) ? CT_TARGET_ABLE : CT_TARGET_PROC;
}
