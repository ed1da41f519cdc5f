/*
 * commands.h - the agent's commands, one per line: "protect ID", "answer ID LINE", "close ID", "stats".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Executes one command. line[length] is writable. */
void commands_run(char *line, size_t length);

/* True once a line was not a command: agent and enforcer are from different builds. */
bool commands_invalid(void);
