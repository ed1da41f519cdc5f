/*
 * target.c - where the victim's secret is, from the victim's own words, and which numbers its threads and
 * children have here: its own may be those of another PID namespace.
 */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_line(struct target *t, const char *key, const char *value)
{
	const struct {
		const char *key;
		unsigned long long *to;
	} addresses[] = { { "env", &t->env },	    { "heap", &t->heap },     { "stack", &t->stack },
			  { "scratch", &t->scratch }, { "shared", &t->shared }, { "secretmem", &t->secretmem },
			  { "nap", &t->nap } };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (strcmp(key, addresses[i].key) == 0)
			*addresses[i].to = strtoull(value, NULL, 16);
	if (strcmp(key, "digest") == 0)
		t->digest = strtoull(value, NULL, 16);
	else if (strcmp(key, "length") == 0)
		t->length = (size_t)strtoull(value, NULL, 10);
	else if (strcmp(key, "secretmem_fd") == 0)
		t->secretmem_fd = atoi(value);
	else if (strcmp(key, "memfd") == 0)
		t->memfd = atoi(value);
	else if (strcmp(key, "exe") == 0)
		(void)snprintf(t->exe, sizeof(t->exe), "%s", value);
	else if (strcmp(key, "cwd") == 0)
		(void)snprintf(t->cwd, sizeof(t->cwd), "%s", value);
	else if (strcmp(key, "code") == 0)
		(void)snprintf(t->code, sizeof(t->code), "%s", value);
}

static pid_t parent_of(const char *pid)
{
	char path[280], text[512];
	const char *end;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (get_text(path, text, sizeof(text)) < 0)
		return 0;
	end = strrchr(text, ')'); /* a name may have anything in it */
	return end == NULL || strlen(end) < 4 ? 0 : (pid_t)atoi(end + 4);
}

/* Two children, in the order in which they were made. */
static void find_children(struct target *t)
{
	DIR *all = opendir("/proc");
	const struct dirent *one;

	while (all != NULL && (one = readdir(all)) != NULL) {
		pid_t pid = (pid_t)atoi(one->d_name);

		if (pid <= 0 || parent_of(one->d_name) != t->pid)
			continue;
		if (t->child == 0)
			t->child = pid;
		else if (t->late == 0)
			t->late = pid;
	}
	if (all != NULL)
		(void)closedir(all);
}

static void find_thread(struct target *t)
{
	char path[40];
	const struct dirent *one;
	DIR *all;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)t->pid);
	all = opendir(path);
	while (all != NULL && (one = readdir(all)) != NULL)
		if (atoi(one->d_name) > 0 && atoi(one->d_name) != t->pid)
			t->tid = (pid_t)atoi(one->d_name);
	if (all != NULL)
		(void)closedir(all);
}

int read_target(struct target *target, pid_t pid, const char *path)
{
	FILE *from = fopen(path, "r");
	char line[320];

	if (from == NULL)
		return -errno;
	*target = (struct target){ .pid = pid, .secretmem_fd = -1, .memfd = -1 };
	while (fgets(line, sizeof(line), from) != NULL) {
		char *value = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (value == NULL)
			continue;
		*value++ = '\0';
		take_line(target, line, value);
	}
	(void)fclose(from);
	if (target->heap == 0 || target->length == 0)
		return -EBADMSG;
	find_thread(target);
	find_children(target);
	return 0;
}
