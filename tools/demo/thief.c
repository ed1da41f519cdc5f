/*
 * thief.c - the demo's attacker: one method a run, one line of JSON as its
 * answer. `thief METHOD PID SECRET…`. It attacks only the process it is given.
 */
#include "thief.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	void (*attack)(struct search *);
} METHODS[] = {
	{ "environ", attack_environ }, { "mem", attack_mem },	{ "readv", attack_readv },
	{ "peek", attack_peek },       { "core", attack_core }, { "inject", attack_inject },
};

void fail(struct search *search, const char *call, int error)
{
	(void)snprintf(search->loot.error, ERROR_BYTES, "%s: %s", call, strerrorname_np(error));
}

static void print(const struct search *search)
{
	const struct loot *loot = &search->loot;
	(void)printf("{\"copies\":[");
	for (int i = 0; i < search->needle_count; i++)
		(void)printf("%s%lu", i > 0 ? "," : "", loot->copies[i]);
	const char *arena = loot->arena_errno ? strerrorname_np(loot->arena_errno) : "";
	(void)printf("],\"bytes\":%lu,\"arena\":\"%s\",\"error\":\"%s\"}\n", loot->bytes, arena,
		     loot->error);
}

int main(int argc, char **argv)
{
	if (argc < 4 || argc > 3 + NEEDLES)
		return 64;
	struct search search = { .pid = atoi(argv[2]), .needle_count = argc - 3 };
	for (int i = 0; i < search.needle_count; i++)
		search.needles[i] = argv[3 + i];
	for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
		if (strcmp(argv[1], METHODS[i].name) != 0)
			continue;
		METHODS[i].attack(&search);
		print(&search);
		return 0;
	}
	return 64;
}
