/*
 * attack.c - attacks a process as root, one way at a time, and says in one line what came of it. See README.md.
 *
 *     attack --list
 *     attack [OPTION...] ROW PID FILE          FILE: what the victim wrote
 *     attack [OPTION...] --all PID FILE        every row but those marked V, A, H and M in --list
 *     attack [OPTION...] --hold ROW|all PID FILE --trigger=PATH
 *     attack --loop PID FILE --trigger=PATH    reads the victim's memory until PATH exists
 *     attack [OPTION...] --control [ROW]       on a victim of our own
 *
 *   --agent-pid=N --enforcer-pid=N --pins=PATH --agent=SOCKET   for the rows on the agent
 *   --disposable   this machine is thrown away: rows that change all of it may run
 *   --no-check     a refusal is reported without asking whether the attack works at all
 */
#include "attack.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] = "usage: attack --list | [OPTION...] ROW PID FILE | --all PID FILE | --hold ROW PID FILE | "
			    "--loop PID FILE | --control [ROW]\n";

static void list_row(const struct row *row)
{
	static const struct {
		int flag;
		char mark;
	} marks[] = { { ENDS_VICTIM, 'V' }, { HITS_AGENT, 'A' }, { HITS_MACHINE, 'M' }, { EVERYBODY, 'E' } };
	char text[8] = "";
	size_t count = 0;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (row->flags & marks[i].flag)
			text[count++] = marks[i].mark;
	if (row->hold != NULL)
		text[count++] = 'H';
	printf("%s %s %s %s\n", row->name, row->vector, count == 0 ? "-" : text, row->what);
}

static int list(void)
{
	for (const struct row *row = next_row(NULL); row != NULL; row = next_row(row))
		list_row(row);
	return 0;
}

/* An attack that nobody protected against fails too? Then it was not protection. */
static int works_at_all(const struct row *row, const struct options *options, struct outcome *outcome)
{
	struct options own = *options;
	struct outcome without = { 0 };
	struct target target;
	char words[64];
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
			       words_of(&without, words, sizeof(words)));
	return works;
}

/* A tracer that is killed leaves its victim stopped: that is told, and undone. */
static void release_victim(const struct row *row, pid_t pid)
{
	char state = state_of(pid);

	if (state != 'T' && state != 't')
		return;
	(void)kill(pid, SIGCONT);
	fprintf(stderr, "attack: %s left the victim stopped\n", row->name);
}

static int attack(const struct row *row, const struct target *target, const struct options *options)
{
	const int own = ENDS_VICTIM | HITS_AGENT | HITS_MACHINE | EVERYBODY;
	struct outcome outcome = { 0 };
	char words[128];

	if (row->flags & HITS_MACHINE && !options->disposable) {
		outcome = (struct outcome){ .done = 1, .result = NOT_HERE, .why = "needs --disposable" };
	} else if (strchr("ZX", state_of(target->pid)) != NULL) {
		outcome = (struct outcome){ .done = 1, .result = NOT_HERE, .why = "the victim is gone" };
	} else if (run_row(row, target, options, &outcome) < 0) {
		return 1;
	}
	if (outcome.done && !outcome.leaked && !outcome.killed && outcome.result < 0 && !(row->flags & own) &&
	    !options->no_check && !works_at_all(row, options, &outcome))
		outcome.result = NOT_HERE;
	printf("%s %s %s\n", row->name, row->vector, words_of(&outcome, words, sizeof(words)));
	(void)fflush(stdout);
	release_victim(row, target->pid);
	return 0;
}

static int attack_all(const struct target *target, const struct options *options)
{
	int failed = 0;

	for (const struct row *row = next_row(NULL); row != NULL; row = next_row(row)) {
		if (row->flags & (ENDS_VICTIM | HITS_AGENT) || row->hold != NULL)
			continue;
		if (row->flags & HITS_MACHINE && !options->disposable)
			continue;
		failed |= attack(row, target, options);
	}
	return failed;
}

/* The kernel starts us with a dump on our standard input. */
static int receive_dump(const char *path)
{
	static char buffer[1 << 16];
	FILE *to = fopen(path, "w");
	size_t got;

	while (to != NULL && (got = fread(buffer, 1, sizeof(buffer), stdin)) > 0)
		(void)fwrite(buffer, 1, got, to);
	return to == NULL || fclose(to) != 0;
}

static const char *take_text(const char *arg, const char *name)
{
	return strncmp(arg, name, strlen(name)) == 0 ? arg + strlen(name) : NULL;
}

static int read_option(const char *arg, struct options *options)
{
	const char *value;

	if ((value = take_text(arg, "--agent-pid=")) != NULL)
		options->agent = (pid_t)atoi(value);
	else if ((value = take_text(arg, "--enforcer-pid=")) != NULL)
		options->enforcer = (pid_t)atoi(value);
	else if ((value = take_text(arg, "--pins=")) != NULL)
		options->pins = value;
	else if ((value = take_text(arg, "--agent=")) != NULL)
		options->agent_socket = value;
	else if ((value = take_text(arg, "--trigger=")) != NULL)
		options->trigger = value;
	else if (strcmp(arg, "--disposable") == 0)
		options->disposable = 1;
	else if (strcmp(arg, "--no-check") == 0)
		options->no_check = 1;
	else
		return 0;
	return 1;
}

static int read_words(int argc, char **argv, const char *words[4], struct options *options)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		if (!read_option(argv[i], options) && count < 4)
			words[count++] = argv[i];
	return count;
}

int main(int argc, char **argv)
{
	struct options options = { .pins = "/sys/fs/bpf/cloudtaser" };
	const char *words[4] = { "" };
	int count = read_words(argc, argv, words, &options), holds = strcmp(words[0], "--hold") == 0;
	int loops = strcmp(words[0], "--loop") == 0 && options.trigger != NULL;
	const struct row *row = find_row(words[0]);
	struct target target;
	int failed;

	if (strcmp(words[0], "--list") == 0)
		return list();
	if (strcmp(words[0], "--receive-dump") == 0 && count == 2)
		return receive_dump(words[1]);
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
