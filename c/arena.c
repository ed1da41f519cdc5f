/*
 * arena.c - arenas: locked mappings between guard pages, and the list of all arenas, which are wiped at exit and
 * excluded from scans. blocks.c is about their content, arena_file.c about the file behind them.
 *
 * The handles contain only addresses. They are not on the heap, which children do not get (small_fork.c).
 */
#include "arena_file.h"
#include "attacker.h"
#include "small_fork.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct ct_arena {
	struct ct_arena *next;
	char *base; /* of the first guard page; NULL: the handle is free */
	size_t bytes;
	uint32_t flags;
	struct ct_file file; /* the file that is mapped */
};

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static struct ct_arena handles[CT_MOST_ARENAS];
static struct ct_arena *first;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void *ct_arena_memory(const struct ct_arena *arena)
{
	return arena->base + page_size();
}

/* With its guard pages. */
static struct ct_range range_of(const struct ct_arena *arena)
{
	return (struct ct_range){ (uint64_t)(uintptr_t)arena->base, arena->bytes + 2 * page_size() };
}

bool ct_arena_is_at(uint64_t start, uint64_t end)
{
	for (const struct ct_arena *a = first; a != NULL; a = a->next) {
		const struct ct_range range = range_of(a);

		if (ct_overlaps(&range, start, end))
			return true;
	}
	return false;
}

size_t ct_arena_list(struct ct_range ret_ranges[CT_MOST_ARENAS])
{
	size_t count = 0;

	(void)pthread_mutex_lock(&registry);
	for (const struct ct_arena *a = first; a != NULL; a = a->next)
		ret_ranges[count++] = range_of(a);
	(void)pthread_mutex_unlock(&registry);
	return count;
}

/*
 * Whether nothing is mapped there. Uses madvise(2) itself, so that a kernel which only claims to support it is
 * found. Touching the page would write a line to the kernel's log each time.
 */
static bool is_empty(void *at)
{
	return madvise(at, page_size(), MADV_NORMAL) < 0 && errno == ENOMEM;
}

/* In a new child: unmaps inherited arenas. False: there was one, or the control failed: our own stack must be mapped. */
static bool drop_inherited_arenas(void)
{
	char here;
	bool has_no_arenas = !is_empty((void *)((uintptr_t)&here / page_size() * page_size()));

	for (const struct ct_arena *a = first; a != NULL; a = a->next) {
		if ((a->flags & CT_FORK_SHARES) || is_empty(ct_arena_memory(a)))
			continue;
		has_no_arenas = false;
		(void)munmap(a->base, a->bytes + 2 * page_size());
	}
	return has_no_arenas;
}

pid_t ct_fork_without_arenas(uint64_t flags, bool *ret_has_no_arenas)
{
	pid_t pid;

	(void)pthread_mutex_lock(&registry);
	pid = ct_small_fork(flags);
	*ret_has_no_arenas = pid != 0 || drop_inherited_arenas();
	(void)pthread_mutex_unlock(&registry);
	return pid;
}

static void delist(const struct ct_arena *arena)
{
	struct ct_arena **link = &first;

	while (*link != NULL && *link != arena)
		link = &(*link)->next;
	if (*link != NULL)
		*link = arena->next;
}

__attribute__((destructor)) static void wipe_all(void)
{
	(void)pthread_mutex_lock(&registry);
	for (const struct ct_arena *a = first; a != NULL; a = a->next)
		(void)ct_wipe(ct_arena_memory(a), a->bytes);
	(void)pthread_mutex_unlock(&registry);
}

/* A write that changes nothing: safe while the other process fills the arena. */
static void touch(char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += page_size())
		(void)__atomic_fetch_or(at + i, 0, __ATOMIC_RELAXED);
}

static int lock(char *at, size_t bytes, int fd, uint32_t flags)
{
	if (flags & CT_LOCK_NEVER)
		return 0;
	/* Secretmem is always locked (memfd_secret(2)), but mlock(2) on it may fail with ENOMEM. */
	if (mlock(at, bytes) == 0 || (fd >= 0 && ct_file_is_secretmem(fd)) || (flags & CT_LOCK_WANTED))
		return 0;
	return -errno;
}

/* Maps the range between the guard pages. 0 or -errno. */
static int fill(const struct ct_arena *arena, int fd)
{
	char *at = ct_arena_memory(arena);
	int how = MAP_FIXED | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
	int locked;

	if (mmap(at, arena->bytes, PROT_READ | PROT_WRITE, how, fd, 0) == MAP_FAILED)
		return -errno;
	if (madvise(at, arena->bytes, MADV_DONTDUMP) < 0)
		return -errno;
	if (!(arena->flags & CT_FORK_SHARES) && madvise(at, arena->bytes, MADV_DONTFORK) < 0)
		return -errno;
	locked = lock(at, arena->bytes, fd, arena->flags);
	if (locked == 0)
		touch(at, arena->bytes);
	return locked;
}

static int reserve_and_fill(struct ct_arena *arena, int fd)
{
	size_t whole = arena->bytes + 2 * page_size();
	int result = 0;

	if (fd >= 0)
		result = ct_fix_file_size(fd, arena->bytes, &arena->file);
	if (result < 0)
		return result;
	/* Scratch memory is mapped too often: the addresses would run away. */
	arena->base = mmap(arena->flags & CT_LOCK_NEVER ? NULL : ct_low_address(whole), whole, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena->base == MAP_FAILED)
		return -errno;
	result = fill(arena, fd);
	if (result < 0)
		(void)munmap(arena->base, whole);
	return result;
}

/* Maps and enlists an arena while the registry is locked: small_fork.c must not find one that is not enlisted. */
static int32_t make_arena(int fd, uint64_t bytes, uint32_t flags, struct ct_arena **ret_arena)
{
	struct ct_arena *arena = handles;
	int32_t result;

	/* The limit keeps the sums below from overflowing. */
	if (bytes == 0 || bytes >= SIZE_MAX / 2)
		return -EINVAL;
	while (arena < handles + CT_MOST_ARENAS && arena->base != NULL)
		arena++;
	if (arena == handles + CT_MOST_ARENAS)
		return -ENOMEM;
	*arena = (struct ct_arena){ .bytes = (bytes + page_size() - 1) / page_size() * page_size(), .flags = flags };
	result = reserve_and_fill(arena, fd);
	if (result < 0) {
		arena->base = NULL;
		return result;
	}
	arena->next = first;
	first = arena;
	*ret_arena = arena;
	return 0;
}

int32_t ct_arena_map(int32_t fd, uint64_t bytes, uint32_t flags, struct ct_arena **ret_arena)
{
	int32_t result;

	if (fd >= 0 && !ct_file_is_memory(fd))
		return -EBADFD;
	(void)pthread_mutex_lock(&registry);
	result = make_arena(fd, bytes, flags, ret_arena);
	(void)pthread_mutex_unlock(&registry);
	if (fd >= 0)
		(void)close(fd);
	return result;
}

int32_t ct_arena_bounds(const struct ct_arena *arena, uint64_t *ret_start, uint64_t *ret_bytes)
{
	*ret_start = (uint64_t)(uintptr_t)ct_arena_memory(arena);
	*ret_bytes = arena->bytes;
	return 0;
}

int32_t ct_arena_detach(struct ct_arena *arena)
{
	if (arena == NULL)
		return 0;
	(void)pthread_mutex_lock(&registry);
	delist(arena);
	(void)munmap(arena->base, arena->bytes + 2 * page_size());
	arena->base = NULL;
	(void)pthread_mutex_unlock(&registry);
	return 0;
}

int32_t ct_arena_close(struct ct_arena *arena)
{
	if (arena != NULL)
		(void)ct_wipe(ct_arena_memory(arena), arena->bytes);
	return ct_arena_detach(arena);
}

int32_t ct_arena_make_private(struct ct_arena *from, struct ct_arena **ret_arena)
{
	struct ct_arena *settled;
	int32_t result = ct_arena_map(-1, from->bytes, from->flags, &settled);

	if (result < 0)
		return result;
	memcpy(ct_arena_memory(settled), ct_arena_memory(from), from->bytes);
	(void)ct_arena_close(from);
	*ret_arena = settled;
	return 0;
}

int32_t ct_arena_fd_is_open(const struct ct_arena *arena)
{
	return ct_file_is_open(&arena->file);
}
