/*
 * event_encoder.c - attack events as lines, and the count of those that were dropped.
 */
#include "json.h"
#include "message_encoder.h"
#include "wire.h"

#include <string.h>

#define MAX_LINE 2048 /* two names, at most six characters per byte */

static char text[MAX_LINE];
static uint64_t dropped;

static const char *action_name(unsigned int action)
{
	switch (action) {
	case CT_BLOCKED:
		return "blocked";
	case CT_KILLED:
		return "killed";
	default:
		return "seen";
	}
}

static void put_parties(struct json *json, const struct ct_event *event)
{
	const struct ct_attacker *attacker = &event->attacker;
	const struct ct_target *target = &event->target;

	json_object(json, "attacker");
	json_number(json, "pid", attacker->tgid);
	json_number(json, "tid", attacker->tid);
	json_number(json, "uid", attacker->uid);
	json_bytes(json, "comm", attacker->comm, strnlen(attacker->comm, CT_COMM_SIZE));
	json_bytes(json, "exe", attacker->exe, strnlen(attacker->exe, CT_EXE_SIZE));
	json_number(json, "cgroup", attacker->cgroup);
	json_number(json, "tree", attacker->tree);
	json_end_object(json);
	json_object(json, "target");
	json_number(json, "pid", target->tgid);
	json_number(json, "tree", target->tree);
	json_bytes(json, "comm", target->comm, strnlen(target->comm, CT_COMM_SIZE));
	json_end_object(json);
}

static void put_access(struct json *json, const struct ct_event *event)
{
	json_start(json, text, sizeof(text), "event");
	json_signed(json, "time", enforce_unix_ms(event->time));
	json_text(json, "vector", enforce_vector_name(event->vector));
	json_text(json, "program", enforce_program_name(event->program));
	json_text(json, "backend", backend_label(event->backend));
	json_text(json, "action", action_name(event->action));
	json_bool(json, "ownProbe", event->own_probe != 0);
	json_number(json, "arg", event->arg);
	put_parties(json, event);
}

/* The end of a process tree is dropped last, because the agent keeps a record until then. */
static enum wire_priority priority_of(const struct ct_event *event)
{
	if (event->kind == CT_ENDED)
		return wire_is_full() ? WIRE_MEDIUM : WIRE_HIGH;
	return event->own_probe ? WIRE_MEDIUM : WIRE_LOW;
}

void send_event(const struct ct_event *event, void *unused)
{
	struct json json;

	(void)unused;
	if (event->kind == CT_ENDED) {
		json_start(&json, text, sizeof(text), "ended");
		json_number(&json, "tree", event->target.tree);
	} else {
		put_access(&json, event);
	}
	dropped += !wire_put(text, json_finish(&json), priority_of(event));
}

void send_lost(uint64_t in_ring)
{
	struct json json;

	dropped += in_ring;
	if (dropped == 0)
		return;
	json_start(&json, text, sizeof(text), "lost");
	json_number(&json, "count", dropped);
	if (wire_put(text, json_finish(&json), WIRE_MEDIUM))
		dropped = 0;
}
