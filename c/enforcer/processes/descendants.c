/*
 * descendants.c - see descendants.h. New children of a protected process are protected, so the parent comes first and
 * its existing children after it. Orphans may be reparented meanwhile, so the walk repeats until it finds nothing new.
 */
#include "descendants.h"

#include "bpf/state.h"
#include "opened_before.h"
#include "inspect.h"
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#define MAX_LEVELS 64
#define MAX_ROUNDS 64

struct walk {
	unsigned int found;
	int failed;
};

static void visit(pid_t pid, unsigned int level, struct walk *walk);

static void add_descendant(pid_t child, pid_t parent, unsigned int level, struct walk *walk)
{
	uint32_t answer = inspect_add_child(child, parent);

	if (answer == CT_CHILD_ADDED) {
		walk->found++;
		walk->failed = opened_before_guard(child);
		if (walk->failed == 0)
			walk->failed = processes_check_observers(child);
		if (walk->failed == 0)
			walk->failed = inspect_note_code(child);
		if (walk->failed < 0)
			inspect_remove_child(child);
	} else if (answer == CT_NO_ROOM || level == MAX_LEVELS) {
		walk->failed = -E2BIG;
	} else if (processes_tree_of(child) == 0) {
		if (!inspect_can_add())
			walk->failed = -ECHILD;
		return; /* ended or reparented */
	}
	if (walk->failed == 0)
		visit(child, level + 1, walk);
}

static void visit_thread(pid_t pid, const char *thread, unsigned int level, struct walk *walk)
{
	char path[80];
	FILE *list;
	int child;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", pid, thread);
	list = fopen(path, "re");
	while (list != NULL && walk->failed == 0 && fscanf(list, "%d", &child) == 1)
		add_descendant(child, pid, level, walk);
	if (list != NULL)
		(void)fclose(list);
}

static void visit(pid_t pid, unsigned int level, struct walk *walk)
{
	char path[40];
	struct dirent *entry;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder != NULL && walk->failed == 0 && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			visit_thread(pid, entry->d_name, level, walk);
	if (folder != NULL)
		(void)closedir(folder);
}

int descendants_protect(pid_t pid)
{
	struct walk walk = { 0 };

	for (int round = 0; round < MAX_ROUNDS; round++) {
		walk.found = 0;
		visit(pid, 0, &walk);
		if (walk.failed < 0 || walk.found == 0)
			return walk.failed;
	}
	return -E2BIG;
}
