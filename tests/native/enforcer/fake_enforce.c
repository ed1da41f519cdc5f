/*
 * fake_enforce.c - see fake_enforce.h.
 */
#include "fake_enforce.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int protect_result;
static int events[2] = { -1, -1 };
static uint32_t trees;

void fake_protect_answers(int result)
{
	protect_result = result;
}

void fake_events_open(void)
{
	if (pipe2(events, O_CLOEXEC | O_NONBLOCK) < 0)
		_exit(99);
}

void fake_event(const struct ct_event *event)
{
	if (!fake_event_fits(event))
		_exit(98);
}

bool fake_event_fits(const struct ct_event *event)
{
	return write(events[1], event, sizeof(*event)) == sizeof(*event);
}

int enforce_protect(int pidfd, pid_t pid, uint32_t *ret_tree)
{
	/* Like the real one: the pidfd must refer to that process. */
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0u) < 0 || kill(pid, 0) < 0)
		return -ESRCH;
	if (protect_result < 0)
		return protect_result;
	*ret_tree = ++trees;
	return 0;
}

int enforce_events_fd(void)
{
	return events[0];
}

int enforce_drain(void (*take)(const struct ct_event *event, void *context), void *context, unsigned int limit)
{
	struct ct_event event;
	unsigned int taken = 0;

	while (taken < limit && read(events[0], &event, sizeof(event)) == sizeof(event)) {
		take(&event, context);
		taken++;
	}
	return (int)taken;
}

int64_t enforce_unix_ms(uint64_t monotonic_ns)
{
	return (int64_t)(monotonic_ns / 1000000);
}

void enforce_tick(void)
{
}

int enforce_stats(struct enforce_stats *ret_stats)
{
	memset(ret_stats, 0, sizeof(*ret_stats));
	ret_stats->processes = trees;
	ret_stats->trees = trees;
	ret_stats->counts[CT_V_proc_mem] = 3;
	return 0;
}

const char *enforce_vector_name(unsigned int vector)
{
#define NAME(name) #name,
	static const char *const names[] = { CT_VECTORS(NAME) };
#undef NAME

	return vector < CT_V_COUNT ? names[vector] : "?";
}

const char *enforce_program_name(unsigned int program)
{
	return program < CT_P_COUNT ? "program" : "?";
}

const char *enforce_backend_name(unsigned int backend)
{
	static const char *const names[] = { "bpf lsm", "fmod_ret", "kprobe override", "reactive kill" };

	return backend < CT_BACKENDS ? names[backend] : "?";
}
