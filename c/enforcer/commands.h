/*
 * commands.h - what the agent says, one command a line: "protect ID", "answer ID LINE", "close ID", "stats".
 */
#ifndef CT_COMMANDS_H
#define CT_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

/* Carries out one command; line[length] is the enforcer's own to write to. */
void commands_run(char *line, size_t length);

/* Something came that is no command: agent and enforcer are not of one build. */
bool commands_invalid(void);

#endif
