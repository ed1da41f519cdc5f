/*
 * serve.c - see serve.h. One loop, no threads. Each round reads requests first, then events, and only then forwards the
 * requests to the agent. So the agent knows a wrapper's attack on itself before the wrapper asks for the proof.
 */
#include "serve.h"

#include "clock.h"
#include "commands.h"
#include "enforce.h"
#include "enforcer/connections/connections.h"
#include "enforcer/connections/wrapper_requests.h"
#include "enforcer/wire/message_encoder.h"
#include "enforcer/wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_MS 1000
/* More than the ring holds, so that a round handles all pending events but ends even under a flood. */
#define MAX_EVENTS_PER_ROUND 32768u
#define DESCRIPTORS_PER_CONNECTION 2u /* socket and pidfd */
#define OTHER_DESCRIPTORS 512u

enum { AGENT, PEERS, EVENTS, SIGNALS, SOURCES };

static uint64_t lost_in_ring;

/* Raises the limit of descriptors. Returns how many connections it allows. */
static unsigned int raise_limit(void)
{
	rlim_t wanted = MAX_CONNECTIONS * DESCRIPTORS_PER_CONNECTION + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	if (limit.rlim_cur < wanted) {
		struct rlimit raised = { wanted, limit.rlim_max < wanted ? wanted : limit.rlim_max };

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
		else if (limit.rlim_cur < limit.rlim_max) { /* no CAP_SYS_RESOURCE */
			limit.rlim_cur = limit.rlim_max;
			(void)setrlimit(RLIMIT_NOFILE, &limit);
		}
	}
	if (limit.rlim_cur >= wanted)
		return MAX_CONNECTIONS;
	if (limit.rlim_cur <= OTHER_DESCRIPTORS * 2)
		return (unsigned int)(limit.rlim_cur / (DESCRIPTORS_PER_CONNECTION * 2));
	return (unsigned int)((limit.rlim_cur - OTHER_DESCRIPTORS) / DESCRIPTORS_PER_CONNECTION);
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Once a second: expired connections and lost events. */
static void tick(int64_t now)
{
	static int64_t last;
	struct enforce_stats stats;

	if (now - last < TICK_MS)
		return;
	last = now;
	requests_close_expired(now);
	enforce_tick();
	if (enforce_stats(&stats) == 0 && stats.lost > lost_in_ring) {
		send_lost(stats.lost - lost_in_ring);
		lost_in_ring = stats.lost;
	} else {
		send_lost(0);
	}
}

static void watch(struct pollfd sources[SOURCES])
{
	short input = wire_is_full() ? 0 : POLLIN;
	short output = wire_has_output() ? POLLOUT : 0;

	sources[AGENT].events = (short)(input | output);
	sources[PEERS].events = wire_is_nearly_full() ? 0 : POLLIN;
	sources[EVENTS].events = POLLIN;
	sources[SIGNALS].events = POLLIN;
}

/* One round. NULL: continue. */
static const char *serve_round(struct pollfd sources[SOURCES], bool *more)
{
	int64_t now;
	int result;

	watch(sources);
	if (poll(sources, SOURCES, *more ? 0 : TICK_MS) < 0 && errno != EINTR)
		return "poll failed";
	now = now_ms();
	if (!wire_is_nearly_full())
		requests_collect(now);
	(void)enforce_drain(send_event, NULL, MAX_EVENTS_PER_ROUND);
	requests_forward();
	result = wire_has_input() || sources[AGENT].revents != 0 ? wire_receive(commands_run) : 0;
	if (result == 0)
		result = wire_flush();
	/* Answers let peers continue; requests and commands wait for space in the queue, which POLLOUT signals. */
	*more = (requests_has_more() && !wire_is_nearly_full()) || (wire_has_input() && !wire_is_full());
	tick(now);
	if (result == -EMSGSIZE || commands_invalid())
		return "the agent sent an invalid command";
	return result < 0 ? "" : NULL;
}

const char *serve(int agent, int listener)
{
	struct pollfd sources[SOURCES] = {
		{ .fd = agent },
		{ .fd = -1 },
		{ .fd = enforce_events_fd() },
		{ .fd = open_signals() },
	};
	struct enforce_stats stats;
	const char *why = NULL;
	bool more = false;

	if (requests_open(listener, raise_limit()) < 0 || sources[SIGNALS].fd < 0)
		return "the kernel refuses epoll or signalfd";
	sources[PEERS].fd = requests_fd();
	if (enforce_stats(&stats) == 0)
		lost_in_ring = stats.lost; /* counted for an earlier enforcer */
	while (why == NULL && (sources[SIGNALS].revents & POLLIN) == 0)
		why = serve_round(sources, &more);
	(void)close(sources[SIGNALS].fd);
	return why != NULL && why[0] == '\0' ? NULL : why; /* the agent has ended and cannot get a reason */
}
