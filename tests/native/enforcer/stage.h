/*
 * stage.h - an enforcer without BPF in a child process; this process plays its agent and its peers.
 */
#pragma once

#include "../check.h"

#include "enforcer/connections/listener.h"
#include "enforcer/clock.h"
#include "enforcer/serve.h"
#include "enforcer/wire/wire.h"
#include "fake_enforce.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LIMIT_MS 10000
#define CLEAN_END 0
#define ERROR_END 5

static char folder[] = "/tmp/ct-enforcer-XXXXXX";
static char place[64];
static pid_t enforcer = -1;
static int agent = -1;
static char said[1u << 20]; /* messages not yet read */
static size_t said_length;

static void serve_in_child(int fd, int listener)
{
	wire_init(fd);
	_exit(serve(fd, listener) == NULL ? CLEAN_END : ERROR_END);
}

/* Starts an enforcer on `place`. */
static void start_enforcer(void)
{
	const char *why = NULL;
	int ends[2], listener;

	if (place[0] == '\0') {
		CHECK(mkdtemp(folder) != NULL);
		(void)snprintf(place, sizeof(place), "%s/agent.sock", folder);
	}
	said_length = 0;
	fake_events_open();
	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	listener = listener_open(place, &why);
	CHECK(listener >= 0);
	(void)fflush(stdout);
	enforcer = fork();
	if (enforcer == 0) {
		(void)(close(ends[1]) + close(agent)); /* an older enforcer must see its end */
		serve_in_child(ends[0], listener);
	}
	(void)(close(ends[0]) + close(listener));
	agent = ends[1];
}

/* Ends it as the agent does. Returns its exit status. */
static int stop_enforcer(void)
{
	int status = -1;

	(void)close(agent);
	(void)waitpid(enforcer, &status, 0);
	(void)unlink(place);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The next message without LF, or NULL after the timeout. */
static const char *hear(int timeout_ms)
{
	static char line[128u << 10];
	int64_t until = now_ms() + timeout_ms;

	for (;;) {
		const char *end = memchr(said, '\n', said_length);
		struct pollfd one = { .fd = agent, .events = POLLIN };
		ssize_t got;

		if (end != NULL) {
			size_t length = (size_t)(end - said);

			memcpy(line, said, length);
			line[length] = '\0';
			said_length -= length + 1;
			memmove(said, end + 1, said_length);
			return line;
		}
		if (now_ms() > until || poll(&one, 1, (int)(until - now_ms() + 1)) <= 0)
			return NULL;
		got = recv(agent, said + said_length, sizeof(said) - said_length, 0);
		if (got <= 0)
			return NULL;
		said_length += (size_t)got;
	}
}

__attribute__((unused)) static unsigned long number_in(const char *line, const char *name)
{
	const char *at = line != NULL ? strstr(line, name) : NULL;

	return at != NULL ? strtoul(at + strlen(name), NULL, 10) : 0;
}

/* Checks the beginning of the next message. Returns its id. */
__attribute__((unused)) static unsigned long hear_of(const char *begin)
{
	const char *line = hear(LIMIT_MS);

	if (!CHECK(line != NULL && strncmp(line, begin, strlen(begin)) == 0))
		printf("  heard: %.300s\n  wanted: %s\n", line != NULL ? line : "nothing", begin);
	return number_in(line, "\"id\":");
}

__attribute__((unused, format(printf, 1, 2))) static void say(const char *format, ...)
{
	static char text[128u << 10];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	CHECK_EQUAL(send(agent, text, (size_t)length, MSG_NOSIGNAL), length);
}

__attribute__((unused)) static int call(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", place);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* A connection that was reported to the agent. */
__attribute__((unused)) static int call_in(unsigned long *ret_id)
{
	int fd = call();

	CHECK(fd >= 0);
	*ret_id = hear_of("{\"t\":\"open\"");
	return fd;
}

/* A connection that may be idle, because its process is protected. */
__attribute__((unused)) static int register_peer(unsigned long *ret_id)
{
	int peer = call_in(ret_id);

	say("protect %lu\n", *ret_id);
	hear_of("{\"t\":\"protected\"");
	return peer;
}

__attribute__((unused)) static void ask(int fd, const char *text)
{
	CHECK_EQUAL(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads from a connection: length, 0 at its end, -1 after the timeout. */
__attribute__((unused)) static ssize_t receive(int fd, char *ret_text, size_t size, int timeout_ms)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };
	ssize_t got;

	ret_text[0] = '\0';
	if (poll(&one, 1, timeout_ms) <= 0)
		return -1;
	got = recv(fd, ret_text, size - 1, 0);
	ret_text[got > 0 ? got : 0] = '\0';
	return got > 0 ? got : 0;
}

/* For `around`: a test with an enforcer and one reported peer; afterwards it must end cleanly. */
static int peer = -1;
static unsigned long id;

static void with_enforcer(int (*call_as)(unsigned long *ret_id), void (*run)(void))
{
	start_enforcer();
	peer = call_as(&id);
	run();
	if (peer >= 0)
		(void)close(peer);
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

__attribute__((unused)) static void with_peer(void (*run)(void))
{
	with_enforcer(call_in, run);
}

__attribute__((unused)) static void with_registered(void (*run)(void))
{
	with_enforcer(register_peer, run);
}

/* One request with its answer. Returns the time in milliseconds. */
__attribute__((unused)) static int64_t converse(int fd, unsigned long number)
{
	char text[64];
	int64_t start = now_ms();

	ask(fd, "ping\n");
	for (;;) {
		const char *line = hear(LIMIT_MS);

		if (line == NULL)
			return LIMIT_MS;
		if (strncmp(line, "{\"t\":\"line\"", 11) == 0 && number_in(line, "\"id\":") == number)
			break;
	}
	say("answer %lu pong\n", number);
	CHECK_EQUAL(receive(fd, text, sizeof(text), LIMIT_MS), 5);
	return now_ms() - start;
}
