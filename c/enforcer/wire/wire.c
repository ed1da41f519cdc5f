/*
 * wire.c - see wire.h. One ring buffer for all messages keeps their order: an event precedes the answer to a later
 * request.
 */
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define QUEUE_BYTES (2u << 20)
#define LOW_LIMIT (256u << 10)
#define MEDIUM_LIMIT (384u << 10)
#define NEARLY_FULL (512u << 10)
#define FULL (1u << 20)

static int agent = -1;
static char queue[QUEUE_BYTES];
static size_t queue_at, queued;
static char input[WIRE_MAX_COMMAND];
static size_t input_used;

void wire_init(int fd)
{
	agent = fd;
	queue_at = queued = input_used = 0;
}

static size_t limit_of(enum wire_priority priority)
{
	switch (priority) {
	case WIRE_LOW:
		return LOW_LIMIT;
	case WIRE_MEDIUM:
		return MEDIUM_LIMIT;
	case WIRE_HIGH:
		break;
	}
	return QUEUE_BYTES;
}

bool wire_put(const char *line, size_t length, enum wire_priority priority)
{
	size_t end, first;

	if (length == 0 || queued + length > limit_of(priority))
		return false;
	if (queued == 0)
		queue_at = 0; /* an idle queue touches only its first pages */
	end = (queue_at + queued) % QUEUE_BYTES;
	first = length < QUEUE_BYTES - end ? length : QUEUE_BYTES - end;
	memcpy(queue + end, line, first);
	memcpy(queue, line + first, length - first);
	queued += length;
	return true;
}

bool wire_is_nearly_full(void)
{
	return queued > NEARLY_FULL;
}

bool wire_is_full(void)
{
	return queued > FULL;
}

bool wire_has_output(void)
{
	return queued > 0;
}

int wire_flush(void)
{
	while (queued > 0) {
		size_t first = queued < QUEUE_BYTES - queue_at ? queued : QUEUE_BYTES - queue_at;
		struct iovec parts[2] = { { queue + queue_at, first }, { queue, queued - first } };
		struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
		ssize_t sent = sendmsg(agent, &message, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == ENOTSOCK)
			sent = writev(agent, parts, 2); /* a terminal or pipe */
		if (sent < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		queue_at = (queue_at + (size_t)sent) % QUEUE_BYTES;
		queued -= (size_t)sent;
	}
	return 0;
}

bool wire_has_input(void)
{
	return memchr(input, '\n', input_used) != NULL;
}

static void handle_lines(void (*handle)(char *line, size_t length))
{
	size_t at = 0;

	while (!wire_is_full()) {
		char *line = input + at;
		char *end = memchr(line, '\n', input_used - at);

		if (end == NULL)
			break;
		*end = '\0';
		handle(line, (size_t)(end - line));
		at += (size_t)(end - line) + 1;
	}
	input_used -= at;
	memmove(input, input + at, input_used);
}

int wire_receive(void (*handle)(char *line, size_t length))
{
	ssize_t got;

	handle_lines(handle);
	if (wire_has_input())
		return 0;
	if (input_used == sizeof(input))
		return -EMSGSIZE;
	got = recv(agent, input + input_used, sizeof(input) - input_used, MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	if (got == 0)
		return -EPIPE;
	input_used += (size_t)got;
	handle_lines(handle);
	return wire_has_input() || input_used < sizeof(input) ? 0 : -EMSGSIZE;
}
