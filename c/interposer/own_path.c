/*
 * own_path.c - our path in the loader's list of libraries. It is /proc/self/fd/N, so a debugger that opens it opens
 * its own descriptor N: gdb would wait forever if that is a pipe.
 */
#include "adopt.h"
#include "handoff.h"
#include "raw.h"

#define WEAK __attribute__((weak))
#define NAME "[cloudtaser]" /* no longer than the path */

/* The first fields of link_map and r_debug in <link.h>, which debuggers use and both libcs share. */
struct map {
	uint64_t base;
	char *name;
	void *dynamic;
	struct map *next;
};

struct debug {
	int version;
	struct map *first;
};

extern struct debug _r_debug WEAK; /* glibc's */
extern struct debug *const _dl_debug_addr WEAK; /* musl's */

static struct map *find_first(void)
{
	if (&_r_debug != NULL)
		return _r_debug.first;
	return &_dl_debug_addr != NULL ? _dl_debug_addr->first : NULL;
}

void ct_hide_own_path(void)
{
	for (struct map *map = find_first(); map != NULL; map = map->next)
		if (map->name != NULL && ct_starts_with(map->name, CT_FD_PATH))
			(void)ct_append(map->name, NAME);
}
