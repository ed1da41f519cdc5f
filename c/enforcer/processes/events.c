/*
 * events.c - see events.h.
 */
#include "events.h"

#include "enforcer/enforce.h"
#include "enforcer/start/self_test.h"
#include "maps.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <time.h>

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000
#define ENOUGH (-1)

static struct ring_buffer *ring;

static struct {
	void (*handle)(const struct ct_event *event, void *context);
	void *context;
	unsigned int left;
	int handled;
} drain;

static int on_event(void *unused, void *data, size_t size)
{
	const struct ct_event *event = data;

	(void)unused;
	if (size < sizeof(*event))
		return 0;
	if (!selftest_is_canary(event->target.tree)) {
		drain.handle(event, drain.context);
		drain.handled++;
	}
	return --drain.left == 0 ? ENOUGH : 0; /* this event counts as consumed */
}

int events_open(void)
{
	ring = ring_buffer__new(maps_fd(MAP_EVENTS), on_event, NULL, NULL);
	return ring == NULL ? -errno : 0;
}

void events_close(void)
{
	ring_buffer__free(ring);
	ring = NULL;
}

int enforce_events_fd(void)
{
	return ring == NULL ? -ENOTCONN : ring_buffer__epoll_fd(ring);
}

int enforce_drain(void (*handle)(const struct ct_event *event, void *context), void *context, unsigned int limit)
{
	if (ring == NULL)
		return -ENOTCONN;
	if (limit == 0)
		return 0;
	drain.handle = handle;
	drain.context = context;
	drain.left = limit;
	drain.handled = 0;
	(void)ring_buffer__consume(ring);
	return drain.handled;
}

static int64_t now(clockid_t clock)
{
	struct timespec time;

	(void)clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

int64_t enforce_unix_ms(uint64_t monotonic_ns)
{
	return ((int64_t)monotonic_ns + now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC)) / NS_PER_MS;
}
