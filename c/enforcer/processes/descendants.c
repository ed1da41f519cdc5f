/*
 * descendants.c - see descendants.h. New children of a protected process are protected, so the parent comes first and
 * its existing children after it. Orphans may be reparented meanwhile, so the walk repeats until it finds nothing new.
 */
#include "descendants.h"

#include "bpf/state.h"
#include "inspect.h"
#include "opened_before.h"
#include "processes.h"

#include <errno.h>
#include <stdio.h>

#define MAX_LEVELS 64
#define MAX_ROUNDS 64

struct walk {
	unsigned int found, level;
};

static int visit_thread(pid_t pid, pid_t thread, void *context);

static int visit(pid_t pid, struct walk *walk)
{
	return processes_each_thread(pid, visit_thread, walk);
}

static int check_added(pid_t child)
{
	int result = opened_before_guard(child);

	if (result == 0)
		result = processes_check_observers(child);
	if (result == 0)
		result = inspect_note_code(child);
	if (result < 0)
		inspect_remove_child(child);
	return result;
}

static int add_descendant(pid_t child, pid_t parent, struct walk *walk)
{
	uint32_t answer = inspect_add_child(child, parent);
	int result = 0;

	if (answer == CT_CHILD_ADDED) {
		walk->found++;
		result = check_added(child);
	} else if (answer == CT_NO_ROOM || walk->level == MAX_LEVELS) {
		return -E2BIG;
	} else if (processes_tree_of(child) == 0) { /* ended or reparented */
		return inspect_can_add() ? 0 : -ECHILD;
	}
	if (result < 0)
		return result;
	walk->level++;
	result = visit(child, walk);
	walk->level--;
	return result;
}

static int visit_thread(pid_t pid, pid_t thread, void *context)
{
	char path[80];
	FILE *list;
	int child, result = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, thread);
	list = fopen(path, "re");
	while (list != NULL && result == 0 && fscanf(list, "%d", &child) == 1)
		result = add_descendant(child, pid, context);
	if (list != NULL)
		(void)fclose(list);
	return result;
}

int descendants_protect(pid_t pid)
{
	struct walk walk = { 0 };

	for (int round = 0; round < MAX_ROUNDS; round++) {
		int result;

		walk.found = 0;
		result = visit(pid, &walk);
		if (result < 0 || walk.found == 0)
			return result;
	}
	return -E2BIG;
}
