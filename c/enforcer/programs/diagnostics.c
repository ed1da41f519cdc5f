/*
 * diagnostics.c - see diagnostics.h. libbpf names the failed program and the verifier's message only in its log output.
 */
#include "diagnostics.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE 65536

static char message[MESSAGE_SIZE];
static char failed_program[64];
static char verdict[160];

void diagnostics_set(char text[ENFORCE_TEXT], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, ENFORCE_TEXT, format, arguments);
	va_end(arguments);
}

int diagnostics_fail(struct enforce_report *report, int failed, const char *reason, const char *remedy)
{
	diagnostics_set(report->reason, "%s", reason);
	diagnostics_set(report->remedy, "%s", remedy);
	return failed;
}

void diagnostics_note(struct enforce_report *report, const char *format, ...)
{
	va_list arguments;

	if (report->note_count >= ENFORCE_MAX_NOTES)
		return;
	va_start(arguments, format);
	(void)vsnprintf(report->notes[report->note_count], ENFORCE_TEXT, format, arguments);
	va_end(arguments);
	for (unsigned int i = 0; i < report->note_count; i++)
		if (strcmp(report->notes[i], report->notes[report->note_count]) == 0)
			return;
	report->note_count++;
}

/* Keeps the last line that is not a statistic. */
static void keep_verifier_message(char *log)
{
	for (char *line = strtok(log, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, "processed ", 10) != 0 && strncmp(line, "-- ", 3) != 0 &&
		    strncmp(line, "verification time", 17) != 0 && strncmp(line, "stack depth", 11) != 0)
			(void)snprintf(verdict, sizeof(verdict), "%.150s", line);
}

static int on_libbpf_message(enum libbpf_print_level level, const char *format, va_list arguments)
{
	const char *start;

	if (level != LIBBPF_WARN)
		return 0;
	(void)vsnprintf(message, sizeof(message), format, arguments);
	start = strstr(message, "prog '");
	if (start != NULL && strstr(message, "': failed to load") != NULL)
		(void)sscanf(start + 6, "%63[^']", failed_program);
	start = strstr(message, "-- BEGIN PROG LOAD LOG --");
	if (start != NULL)
		keep_verifier_message(message + (start - message) + sizeof("-- BEGIN PROG LOAD LOG --"));
	return 0;
}

void diagnostics_capture_libbpf(void)
{
	(void)libbpf_set_print(on_libbpf_message);
}

void diagnostics_reset(void)
{
	failed_program[0] = '\0';
	verdict[0] = '\0';
}

const char *diagnostics_failed_program(void)
{
	return failed_program;
}

const char *diagnostics_verifier_message(void)
{
	return verdict;
}
