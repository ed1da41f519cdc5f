/*
 * target.c - reads what the victim published, and finds its threads and children in /proc.
 */
#include "attack.h"

#define AT(member) offsetof(struct target, member)

/* Kinds: x an address, s a size, d a descriptor, t text. */
static const struct {
	const char *key;
	size_t at;
	char kind;
} fields[] = {
	{ "env", AT(env), 'x' },	 { "heap", AT(heap), 'x' },
	{ "stack", AT(stack), 'x' },	 { "scratch", AT(scratch), 'x' },
	{ "shared", AT(shared), 'x' },	 { "secretmem", AT(secretmem), 'x' },
	{ "nap", AT(nap), 'x' },	 { "digest", AT(digest), 'x' },
	{ "length", AT(length), 's' },	 { "secretmem_fd", AT(secretmem_fd), 'd' },
	{ "memfd", AT(memfd), 'd' },	 { "exe", AT(exe), 't' },
	{ "cwd", AT(cwd), 't' },	 { "code", AT(code), 't' },
};

static void read_field(struct target *target, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *to = (char *)target + fields[i].at;
		uint64_t number;
		int descriptor;

		if (strcmp(key, fields[i].key) != 0)
			continue;
		number = strtoull(value, NULL, fields[i].kind == 'x' ? 16 : 10);
		descriptor = atoi(value);
		if (fields[i].kind == 't')
			(void)snprintf(to, sizeof(target->exe), "%s", value);
		else if (fields[i].kind == 'd')
			memcpy(to, &descriptor, sizeof(descriptor));
		else
			memcpy(to, &number, sizeof(number));
	}
}

/* Calls `take` for every number in a directory. */
static void each_number(const char *folder, struct target *target, void (*take)(struct target *, pid_t))
{
	DIR *all = opendir(folder);
	const struct dirent *one;

	while (all != NULL && (one = readdir(all)) != NULL)
		if (atoi(one->d_name) > 0)
			take(target, (pid_t)atoi(one->d_name));
	if (all != NULL)
		(void)closedir(all);
}

/* The victim has two children; /proc lists them in the order in which they were made. */
static void take_process(struct target *target, pid_t pid)
{
	char text[512];

	if (atoi(stat_of(pid, text) + 1) != target->pid)
		return;
	if (target->child == 0)
		target->child = pid;
	else if (target->late == 0)
		target->late = pid;
}

static void take_thread(struct target *target, pid_t pid)
{
	if (pid != target->pid)
		target->tid = pid;
}

int read_target(struct target *target, pid_t pid, const char *path)
{
	FILE *from = fopen(path, "r");
	char line[320], tasks[40];

	if (from == NULL)
		return -errno;
	*target = (struct target){ .pid = pid, .secretmem_fd = -1, .memfd = -1 };
	while (fgets(line, sizeof(line), from) != NULL) {
		char *value = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (value == NULL)
			continue;
		*value++ = '\0';
		read_field(target, line, value);
	}
	(void)fclose(from);
	if (target->heap == 0 || target->length == 0)
		return -EBADMSG;
	(void)snprintf(tasks, sizeof(tasks), "/proc/%d/task", (int)pid);
	each_number(tasks, target, take_thread);
	each_number("/proc", target, take_process);
	return 0;
}
