/*
 * agent_commands.c - commands of the agent, with a connection that they can answer. A simple parser is the reference
 * for what a command is.
 */
#include "sockets.h"

#include "enforcer/commands.c"
#include "enforcer/connections/connections.h"
#include "enforcer/wire/wire.h"

#include <errno.h>
#include <sys/syscall.h>

static char text[AGENT_BYTES];
static bool is_all_valid;

static bool is_id(const char *at, char end)
{
	const char *start = at;

	while (*at >= '0' && *at <= '9')
		at++;
	return at > start && *at == end;
}

static bool is_command(const char *line)
{
	if (strncmp(line, "answer ", 7) == 0)
		return is_id(line + 7, ' ');
	if (strncmp(line, "protect ", 8) == 0)
		return is_id(line + 8, '\0');
	if (strncmp(line, "close ", 6) == 0)
		return is_id(line + 6, '\0');
	return strcmp(line, "stats") == 0;
}

static void run(char *line, size_t length)
{
	/* The end of "answer ID" is the line feed, which commands_run puts back. */
	if (!is_command(line))
		is_all_valid = false;
	commands_run(line, length);
}

/* Every message to the agent is one line of ASCII. */
static void check_messages(int agent)
{
	size_t length = read_all(agent, text);

	for (size_t i = 0; i < length; i++) {
		MUST(text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f));
		MUST(text[i] != '\n' || (i > 0 && text[i - 1] == '}'));
	}
	MUST(length == 0 || text[length - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct peer self = { getpid(), getpid(), 0, (int)syscall(SYS_pidfd_open, getpid(), 0) };
	struct connection *connection;
	int peer[2], agent[2];
	int result;

	open_pair(peer);
	open_pair(agent);
	connections_init(8);
	connection = connections_add(peer[0], &self, 1);
	MUST(connection != NULL);
	wire_init(agent[0]);
	invalid = false;
	is_all_valid = true;
	/* The first line answers this connection, whose number is never the same. */
	(void)snprintf(text, sizeof(text), "answer %lu ", (unsigned long)connection->id);
	MUST(write(agent[1], text, strlen(text)) > 0);
	MUST(send(agent[1], input, length, 0) == (ssize_t)length && write(agent[1], "\n", 1) == 1);
	result = wire_receive(run);
	MUST(result == 0 || result == -EMSGSIZE);
	MUST(commands_invalid() == !is_all_valid);
	MUST(wire_flush() == 0);
	check_messages(agent[1]);
	/* The peer gets the line as it is, or a part of it. */
	result = (int)read(peer[1], text, sizeof(text));
	MUST(result < 0 || memcmp(text, input, (size_t)result < length ? (size_t)result : length) == 0);
	if (connection->id != 0)
		connections_drop(connection);
	(void)(close(peer[1]) + close(agent[0]) + close(agent[1]));
	return 0;
}
