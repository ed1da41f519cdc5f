/*
 * peer_requests.c - lines of a wrapper, from the socket to the enforcer's message: the same lines that memchr finds,
 * and each one comes back from its JSON.
 */
#include "sockets.h"

#include "enforcer/connections/request.h"
#include "enforcer/wire/message_encoder.h"
#include "enforcer/wire/wire.h"

#include <errno.h>

#define ID 7u
#define BEFORE "{\"t\":\"line\",\"id\":7,\"line\":"

static char text[AGENT_BYTES];

/* Sends it on, and reads it back from the message. */
static void check_line(int agent, const char *line, size_t length)
{
	const char *at = text + strlen(BEFORE) + 1;

	send_request_line(ID, line, length);
	MUST(wire_flush() == 0);
	MUST(read_all(agent, text) > strlen(BEFORE) && strncmp(text, BEFORE "\"", strlen(BEFORE) + 1) == 0);
	for (size_t i = 0; i < length; i++) {
		unsigned int byte = (unsigned char)*at;

		MUST(byte >= 0x20 && byte < 0x7f && byte != '"');
		if (byte == '\\' && at[1] == 'u')
			MUST(sscanf(at, "\\u%4x", &byte) == 1);
		else if (byte == '\\')
			byte = (unsigned char)at[1];
		at += *at != '\\' ? 1 : at[1] == 'u' ? 6 : 2;
		MUST(byte == (unsigned char)line[i]);
	}
	MUST(strcmp(at, "\"}\n") == 0);
}

/* The lines that are in the socket. Returns the bytes that they take, or -1: the connection is closed. */
static long check_lines(struct connection *connection, int agent, const char *sent, size_t length)
{
	static char line[MAX_REQUEST];
	size_t at = 0;

	for (;;) {
		const char *end = memchr(sent + at, '\n', length - at);
		ssize_t got = request_read(connection, line, 1);

		if (got == -EAGAIN) {
			MUST(end == NULL && length - at < MAX_REQUEST);
			return (long)at;
		}
		if (got < 0) {
			MUST(got == -EMSGSIZE && (end == NULL || end - (sent + at) >= MAX_REQUEST));
			return -1;
		}
		MUST(end != NULL && got == end - (sent + at) && memcmp(line, sent + at, (size_t)got) == 0);
		check_line(agent, line, (size_t)got);
		at += (size_t)got + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct connection connection = { .id = ID, .peer.pid = getpid() };
	const char *bytes = (const char *)input;
	size_t first = length > 0 ? input[0] * 16u : 0; /* in two pieces */
	int peer[2], agent[2];
	long taken;

	first = first < length ? first : length;
	open_pair(peer);
	open_pair(agent);
	connection.socket = peer[0];
	wire_init(agent[0]);
	MUST(send(peer[1], bytes, first, 0) == (ssize_t)first);
	taken = check_lines(&connection, agent[1], bytes, first);
	if (taken >= 0) {
		MUST(send(peer[1], bytes + first, length - first, 0) == (ssize_t)(length - first));
		(void)check_lines(&connection, agent[1], bytes + taken, length - (size_t)taken);
	}
	(void)(close(peer[0]) + close(peer[1]) + close(agent[0]) + close(agent[1]));
	return 0;
}
