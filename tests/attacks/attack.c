/*
 * attack.c - the command line: attacks a process as root and prints one line per attack. README.md has the options.
 */
#include "attack.h"

static const char USAGE[] = "usage: attack --list | [OPTION...] ROW PID FILE | --all PID FILE | --hold ROW PID FILE | "
			    "--loop PID FILE | --control [ROW]\n";

static int list(void)
{
	for (const struct row *row = table; row->name != NULL; row++)
		printf("%s %s %s %s\n", row->name, row->vector, row->marks, row->what);
	return 0;
}

static const struct row *find_row(const char *name)
{
	const struct row *row = table;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row->name == NULL ? NULL : row;
}

/* Whether the attack succeeds on an unprotected victim. If not, a refusal is not the protection's. */
static int works_at_all(const struct row *row, const struct options *options, struct outcome *outcome)
{
	struct options own = *options;
	struct outcome without = { 0 };
	struct target target;
	char text[64];
	pid_t victim;
	int works;

	own.is_control = 1;
	victim = start_victim(&target, NULL, 0);
	if (victim < 0 || run_row(row, &target, &own, &without) < 0)
		return 1;
	stop_victim(victim);
	works = without.leaked || without.result == LEAKED || without.result == ALLOWED;
	if (!works)
		(void)snprintf(outcome->why, sizeof(outcome->why), "unprotected: %s",
			       result_text(&without, text, sizeof(text)));
	return works;
}

/* A tracer that is killed leaves its victim stopped. */
static void release_victim(const struct row *row, pid_t pid)
{
	if (strchr("Tt", state_of(pid)) == NULL)
		return;
	(void)kill(pid, SIGCONT);
	fprintf(stderr, "attack: %s left the victim stopped\n", row->name);
}

static int attack(const struct row *row, const struct target *target, const struct options *options)
{
	struct outcome outcome = { 0 };
	char text[128];

	if (has_mark(row, 'M') && !options->disposable)
		outcome = (struct outcome){ .done = 1, .result = NOT_HERE, .why = "needs --disposable" };
	else if (is_gone(target->pid))
		outcome = (struct outcome){ .done = 1, .result = NOT_HERE, .why = "the victim is gone" };
	else if (run_row(row, target, options, &outcome) < 0)
		return 1;
	if (outcome.done && !outcome.leaked && !outcome.killed && outcome.result < 0 && !options->no_check &&
	    strpbrk(row->marks, "VAME") == NULL && !works_at_all(row, options, &outcome))
		outcome.result = NOT_HERE;
	printf("%s %s %s\n", row->name, row->vector, result_text(&outcome, text, sizeof(text)));
	(void)fflush(stdout);
	release_victim(row, target->pid);
	return 0;
}

static int attack_all(const struct target *target, const struct options *options)
{
	const char *left_out = options->disposable ? "VAH" : "VAHM";
	int failed = 0;

	for (const struct row *row = table; row->name != NULL; row++)
		if (strpbrk(row->marks, left_out) == NULL)
			failed |= attack(row, target, options);
	return failed;
}

/* The simplest attack again and again until the trigger exists: whether there is a moment without protection. */
static int loop(const struct target *target, const struct options *options)
{
	struct outcome found = { 0 };
	const struct attack a = { .target = *target, .options = options, .outcome = &found, .fd = -1 };
	const struct timespec pause = { 0, 200000 }; /* other processes need the processor too */
	unsigned long tries = 0, leaks = 0;

	while (tries % 64 != 0 || access(options->trigger, F_OK) < 0) {
		leaks += saw_memory(&a, target->pid, target->heap) == LEAKED;
		tries++;
		(void)nanosleep(&pause, NULL);
	}
	printf("%lu tries, %lu leaked\n", tries, leaks);
	return 0;
}

/* As a receiver of core dumps: copies standard input to a file. */
static int save_dump(const char *path)
{
	static char buffer[1 << 16];
	FILE *to = fopen(path, "w");
	size_t got;

	while (to != NULL && (got = fread(buffer, 1, sizeof(buffer), stdin)) > 0)
		(void)fwrite(buffer, 1, got, to);
	return to == NULL || fclose(to) != 0;
}

static const char *value_of(const char *arg, const char *name)
{
	return strncmp(arg, name, strlen(name)) == 0 ? arg + strlen(name) : NULL;
}

static int read_option(const char *arg, struct options *options)
{
	const char *value;

	if ((value = value_of(arg, "--agent-pid=")) != NULL)
		options->agent = (pid_t)atoi(value);
	else if ((value = value_of(arg, "--enforcer-pid=")) != NULL)
		options->enforcer = (pid_t)atoi(value);
	else if ((value = value_of(arg, "--pins=")) != NULL)
		options->pins = value;
	else if ((value = value_of(arg, "--agent=")) != NULL)
		options->agent_socket = value;
	else if ((value = value_of(arg, "--trigger=")) != NULL)
		options->trigger = value;
	else if (strcmp(arg, "--disposable") == 0)
		options->disposable = 1;
	else if (strcmp(arg, "--no-check") == 0)
		options->no_check = 1;
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	struct options options = { .pins = "/sys/fs/bpf/cloudtaser" };
	const char *words[4] = { "" };
	int count = 0, holds, loops, failed;
	const struct row *row;
	struct target target;

	for (int i = 1; i < argc; i++)
		if (!read_option(argv[i], &options) && count < 4)
			words[count++] = argv[i];
	holds = strcmp(words[0], "--hold") == 0;
	loops = strcmp(words[0], "--loop") == 0 && options.trigger != NULL;
	row = find_row(words[0]);
	if (strcmp(words[0], "--list") == 0)
		return list();
	if (strcmp(words[0], "--save-dump") == 0 && count == 2)
		return save_dump(words[1]);
	if (strcmp(words[0], "--control") == 0)
		return control(&options, words[1]);
	if (count != (holds ? 4 : 3) || (row == NULL && !holds && !loops && strcmp(words[0], "--all") != 0)) {
		fputs(USAGE, stderr);
		return 2;
	}
	failed = read_target(&target, (pid_t)atoi(words[count - 2]), words[count - 1]);
	if (failed < 0) {
		fprintf(stderr, "attack: %s: %s\n", words[count - 1], strerror(-failed));
		return 2;
	}
	if (loops)
		return loop(&target, &options);
	if (holds)
		return hold_rows(words[1], &target, &options);
	return row != NULL ? attack(row, &target, &options) : attack_all(&target, &options);
}
