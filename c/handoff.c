/*
 * handoff.c - the wrapper's side of the hand-off: copies secrets for the application and reads the interposer's
 * report. interposer/target.c decides which programs can receive a hand-off.
 */
#include "internal.h"
#include "interposer/handoff.h"
#include "interposer/target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Length of `NAME=`; 0: no name or no value. */
static size_t name_length(const char *entry)
{
	const char *equals = strchr(entry, '=');

	return equals == NULL || equals == entry || equals[1] == '\0' ? 0 : (size_t)(equals - entry) + 1;
}

/* Bytes reserved for an entry, with space to grow. */
static size_t capacity_for(const char *entry, uint32_t spare)
{
	return strlen(entry) + 1 + spare;
}

static uint64_t measure(char *const *entries, uint64_t count, uint32_t spare)
{
	uint64_t bytes = sizeof(struct ct_handoff) + count * sizeof(struct ct_handoff_secret);

	for (uint64_t i = 0; i < count; i++)
		bytes += (spare ? 2 : 1) * capacity_for(entries[i], spare) + name_length(entries[i]) + 1;
	return bytes;
}

static void pack(struct ct_handoff *handoff, uint64_t bytes, char *const *entries, uint32_t count, uint32_t spare)
{
	char *at = (char *)&handoff->secrets[count];

	*handoff = (struct ct_handoff){
		.magic = CT_HANDOFF_MAGIC,
		.version = CT_HANDOFF_VERSION,
		.bytes = bytes,
		.count = count,
		.expected = count,
		.parent = (uint32_t)getpid(),
	};
	for (uint32_t i = 0; i < count; i++) {
		struct ct_handoff_secret *secret = &handoff->secrets[i];
		size_t length = strlen(entries[i]) + 1;
		size_t name = name_length(entries[i]);

		secret->entry = (uint32_t)(at - (char *)handoff);
		secret->length = (uint32_t)length;
		secret->capacity = (uint32_t)capacity_for(entries[i], spare);
		memcpy(at, entries[i], length);
		at += secret->capacity;
		if (spare) {
			secret->other = (uint32_t)(at - (char *)handoff);
			at += secret->capacity;
		}
		secret->placeholder = (uint32_t)(at - (char *)handoff);
		memcpy(at, entries[i], name);
		at[name] = '\0';
		at += name + 1;
	}
}

/* No file if this fails: then programs that the application executes receive no hand-off. */
static struct ct_file identify(const char *path)
{
	struct ct_file file = { 0, 0 };
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd >= 0) {
		(void)ct_identify(fd, &file);
		(void)close(fd);
	}
	return file;
}

int32_t ct_handoff(char *const *entries, uint64_t count, uint32_t spare, const char *loader, struct ct_arena **ret_handoff,
		  int32_t *ret_fd)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t bytes;
	struct ct_arena *arena;
	int32_t fd, kept, result;

	if (count == 0 || count > UINT16_MAX)
		return -EINVAL;
	for (uint64_t i = 0; i < count; i++)
		if (name_length(entries[i]) == 0)
			return -EINVAL;
	bytes = (measure(entries, count, spare) + page - 1) / page * page;
	if (bytes > UINT32_MAX)
		return -E2BIG;
	fd = ct_arena_fd(CT_SECRETMEM);
	if (fd < 0)
		return fd;
	kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (kept < 3) {
		result = kept < 0 ? -errno : -EBADFD;
		(void)close(fd);
		return result;
	}
	result = ct_arena_map(fd, bytes, 0, &arena);
	if (result < 0) {
		(void)close(kept);
		return result;
	}
	pack(ct_arena_memory(arena), bytes, entries, (uint32_t)count, spare);
	((struct ct_handoff *)ct_arena_memory(arena))->loader = identify(loader);
	*ret_handoff = arena;
	*ret_fd = kept;
	return 0;
}

/* The secret with the entry's name, or NULL. */
static struct ct_handoff_secret *find_secret(struct ct_handoff *page, const char *entry)
{
	size_t name = name_length(entry);

	for (uint32_t i = 0; name > 0 && i < page->count; i++)
		if (strncmp((const char *)page + page->secrets[i].placeholder, entry, name) == 0)
			return &page->secrets[i];
	return NULL;
}

int32_t ct_handoff_update(struct ct_arena *handoff, const char *entry)
{
	struct ct_handoff *page = ct_arena_memory(handoff);
	struct ct_handoff_secret *secret = find_secret(page, entry);
	size_t length = strlen(entry) + 1;
	uint32_t before;

	if (secret == NULL || secret->other == 0)
		return -ENOENT;
	if (length > secret->capacity)
		return -ENOSPC;
	before = secret->entry;
	if (strcmp((const char *)page + before, entry) == 0)
		return 0;
	memcpy((char *)page + secret->other, entry, length);
	secret->length = (uint32_t)length;
	__atomic_store_n(&secret->entry, secret->other, __ATOMIC_RELEASE);
	secret->other = before;
	__atomic_store_n(&page->generation, page->generation + 1, __ATOMIC_RELEASE);
	return 0;
}

int32_t ct_handoff_report(const struct ct_arena *handoff, struct ct_handoff_report *ret_report)
{
	const struct ct_handoff *page = ct_arena_memory(handoff);
	uint32_t state = __atomic_load_n(&page->state, __ATOMIC_ACQUIRE);

	*ret_report = (struct ct_handoff_report){ state,     page->expected, page->adopted,
						 page->pid, page->executed, page->verdict };
	return 0;
}

int32_t ct_handoff_release(struct ct_arena *handoff)
{
	struct ct_handoff *page = ct_arena_memory(handoff);

	__atomic_store_n(&page->released, 1u, __ATOMIC_RELEASE);
	return 0;
}

int32_t ct_target(const char *path, char ret_loader[256])
{
	char loader[CT_LOADER_BYTES] = "";
	enum ct_target verdict = ct_inspect_target(path, loader, NULL);

	memcpy(ret_loader, loader, sizeof(loader));
	return (int32_t)verdict;
}
