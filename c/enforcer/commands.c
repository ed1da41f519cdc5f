/*
 * commands.c - see commands.h.
 */
#include "commands.h"

#include "clock.h"
#include "enforce.h"
#include "enforcer/connections/wrapper_requests.h"
#include "enforcer/wire/message_encoder.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool invalid;

bool commands_invalid(void)
{
	return invalid;
}

/* The argument of command `verb`, or NULL when the line is another command. */
static char *after(char *line, const char *verb)
{
	size_t length = strlen(verb);

	return strncmp(line, verb, length) == 0 && line[length] == ' ' ? line + length + 1 : NULL;
}

/* Parses a decimal number up to `end`. 0 is not a connection. */
static uint64_t read_id(const char *text, char **ret_end)
{
	if (*text < '0' || *text > '9') {
		invalid = true;
		return 0;
	}
	return strtoull(text, ret_end, 10);
}

static uint64_t read_last_id(const char *text)
{
	char *end = NULL;
	uint64_t id = read_id(text, &end);

	if (end != NULL && *end != '\0')
		invalid = true;
	return id;
}

static void answer(char *text, const char *end_of_line)
{
	char *end = NULL;
	uint64_t id = read_id(text, &end);

	if (end == NULL || *end != ' ') {
		invalid = true;
		return;
	}
	requests_answer(id, end + 1, (size_t)(end_of_line - end), now_ms());
}

static void report_stats(void)
{
	struct enforce_stats stats;

	memset(&stats, 0, sizeof(stats));
	(void)enforce_stats(&stats);
	send_stats(&stats);
}

void commands_run(char *line, size_t length)
{
	char *rest;

	if ((rest = after(line, "answer")) != NULL) {
		line[length] = '\n';
		answer(rest, line + length);
	} else if ((rest = after(line, "protect")) != NULL) {
		requests_protect(read_last_id(rest));
	} else if ((rest = after(line, "close")) != NULL) {
		requests_close(read_last_id(rest));
	} else if (strcmp(line, "stats") == 0) {
		report_stats();
	} else {
		invalid = true;
	}
}
