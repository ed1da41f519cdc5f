/*
 * wire_test.c - lines to and from the agent: whole, in order, bounded, never blocking.
 */
#include "../check.h"

#include "enforcer/wire/wire.h"

#include <fcntl.h>
#include <sys/socket.h>

static int ends[2];
static char big[WIRE_MAX_COMMAND * 2];

static void connect_wire(void)
{
	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	wire_init(ends[0]);
}

static void disconnect_wire(void)
{
	(void)(close(ends[0]) + close(ends[1]));
}

/* Puts lines "N\n" until one is refused: how many bytes went in. */
static size_t fill(enum wire_priority priority)
{
	static char line[1000];
	size_t total = 0;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	while (wire_put(line, sizeof(line), priority))
		total += sizeof(line);
	return total;
}

static void test_events_give_way(void)
{
	size_t events, proofs, answers;

	connect_wire();
	events = fill(WIRE_LOW);
	CHECK(events > 200000 && !wire_is_nearly_full());
	proofs = fill(WIRE_MEDIUM);
	CHECK(proofs > 100000);
	CHECK(!wire_put("x\n", 2, WIRE_LOW));
	answers = fill(WIRE_HIGH);
	CHECK(answers > 1000000 && wire_is_nearly_full() && wire_is_full());
	CHECK(!wire_put("", 0, WIRE_HIGH));
	disconnect_wire();
}

/* Counts 0, 1, 2 … go through a reader that takes little, in order and none missing. */
static void test_order_through_the_ring(void)
{
	char line[32], got[7000];
	unsigned long put = 0, seen = 0, digits = 0;

	connect_wire();
	while (seen < 400000) {
		ssize_t length;

		while (put < 400000 && !wire_is_full()) {
			int size = snprintf(line, sizeof(line), "%lu\n", put++);

			CHECK(wire_put(line, (size_t)size, WIRE_HIGH));
		}
		CHECK_EQUAL(wire_flush(), 0);
		length = recv(ends[1], got, sizeof(got), MSG_DONTWAIT);
		for (ssize_t i = 0; i < length; i++) {
			if (got[i] != '\n') {
				digits = digits * 10 + (unsigned long)(got[i] - '0');
				continue;
			}
			if (digits != seen++ && !CHECK(digits == seen - 1))
				return;
			digits = 0;
		}
	}
	CHECK(!wire_has_output());
	disconnect_wire();
}

static void test_agent_that_does_not_read(void)
{
	connect_wire();
	(void)fill(WIRE_HIGH);
	CHECK_EQUAL(wire_flush(), 0);
	CHECK_EQUAL(wire_flush(), 0);
	CHECK(wire_has_output());
	(void)close(ends[1]);
	CHECK_EQUAL(wire_flush(), -EPIPE);
	(void)close(ends[0]);
}

static unsigned int taken;
static size_t longest;

static void take(char *line, size_t length)
{
	CHECK(line[length] == '\0');
	taken++;
	longest = length > longest ? length : longest;
}

static void take_and_answer(char *line, size_t length)
{
	take(line, length);
	(void)fill(WIRE_HIGH);
}

static void test_lines_of_the_agent(void)
{
	connect_wire();
	taken = 0;
	CHECK_EQUAL(wire_receive(take), 0);
	CHECK_EQUAL(send(ends[1], "one\ntwo\nthr", 11, 0), 11);
	CHECK_EQUAL(wire_receive(take), 0);
	CHECK_EQUAL(taken, 2);
	CHECK(!wire_has_input());
	CHECK_EQUAL(send(ends[1], "ee\n", 3, 0), 3);
	CHECK_EQUAL(wire_receive(take), 0);
	CHECK_EQUAL(taken, 3);
	CHECK_EQUAL(longest, 5);
	(void)close(ends[1]);
	CHECK_EQUAL(wire_receive(take), -EPIPE);
	(void)close(ends[0]);
}

static void test_commands_wait_for_room(void)
{
	connect_wire();
	taken = 0;
	CHECK_EQUAL(send(ends[1], "a\nb\nc\n", 6, 0), 6);
	CHECK_EQUAL(wire_receive(take_and_answer), 0);
	CHECK_EQUAL(taken, 1);
	CHECK(wire_has_input() && wire_is_full());
	CHECK_EQUAL(wire_receive(take_and_answer), 0);
	CHECK_EQUAL(taken, 1);
	wire_init(ends[0]); /* all was read; the lines are gone with it */
	disconnect_wire();
}

static int receive_all(void)
{
	int result = 0;

	for (int i = 0; i < 100 && result == 0; i++)
		result = wire_receive(take);
	return result;
}

static void test_longest_line(void)
{
	memset(big, 'x', sizeof(big));
	connect_wire();
	longest = 0;
	big[WIRE_MAX_COMMAND - 1] = '\n';
	CHECK_EQUAL(send(ends[1], big, WIRE_MAX_COMMAND, MSG_DONTWAIT), WIRE_MAX_COMMAND);
	CHECK_EQUAL(receive_all(), 0);
	CHECK_EQUAL(longest, WIRE_MAX_COMMAND - 1);
	big[WIRE_MAX_COMMAND - 1] = 'x';
	CHECK(send(ends[1], big, WIRE_MAX_COMMAND + 1, MSG_DONTWAIT) > 0);
	CHECK_EQUAL(receive_all(), -EMSGSIZE);
	disconnect_wire();
}

int main(void)
{
	static const struct test tests[] = {
		{ "events give way to proofs, proofs to answers", test_events_give_way },
		{ "what goes in comes out, in order", test_order_through_the_ring },
		{ "an agent that does not read does not block", test_agent_that_does_not_read },
		{ "lines of the agent come whole", test_lines_of_the_agent },
		{ "commands wait until there is room for answers", test_commands_wait_for_room },
		{ "a line has a maximum length", test_longest_line },
	};

	return RUN(tests);
}
