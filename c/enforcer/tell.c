/*
 * tell.c - see tell.h. One line is put together at a time, in one buffer that the longest fits into.
 */
#include "tell.h"

#include "json.h"
#include "wire.h"

#include <string.h>

#define LONGEST_LINE (64u << 10)

static char text[LONGEST_LINE];
static uint64_t dropped;

static void send_line(struct json *json)
{
	(void)wire_put(text, json_finish(json), WIRE_ANSWER);
}

static const char *state_name(enum enforce_state state)
{
	switch (state) {
	case ENFORCE_OFF:
		return "off";
	case ENFORCE_ABSENT:
		return "absent";
	case ENFORCE_FAILED:
		return "failed";
	case ENFORCE_PASSED:
		return "passed";
	case ENFORCE_NOT_NEEDED:
		break;
	}
	return "not needed";
}

static const char *tier_name(unsigned int tier)
{
	return tier < CT_TIERS ? enforce_tier_name(tier) : "tracking";
}

static void put_tiers(struct json *json, const struct enforce_report *report)
{
	json_array(json, "tiers");
	for (unsigned int i = 0; i < CT_TIERS; i++) {
		json_object(json, NULL);
		json_text(json, "name", tier_name(i));
		json_text(json, "state", state_name(report->tiers[i].state));
		json_text(json, "reason", report->tiers[i].reason);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_programs(struct json *json, const struct enforce_report *report)
{
	json_array(json, "programs");
	for (unsigned int i = 0; i < report->program_count; i++) {
		json_object(json, NULL);
		json_text(json, "name", report->programs[i].name);
		json_text(json, "tier", tier_name(report->programs[i].tier));
		json_end_object(json);
	}
	json_end_array(json);
}

void tell_ready(const struct enforce_report *report)
{
	struct json json;

	json_start(&json, text, sizeof(text), "ready");
	json_text(&json, "mode", report->mode);
	json_bool(&json, "enforcing", report->enforcing);
	json_bool(&json, "lock", report->lock);
	json_text(&json, "exec", report->exec_allow ? "allow" : "deny");
	json_bool(&json, "pinned", report->pinned);
	json_bool(&json, "adopted", report->adopted);
	json_bool(&json, "sealed", report->sealed);
	json_text(&json, "release", report->release);
	json_number(&json, "members", report->members);
	put_tiers(&json, report);
	put_programs(&json, report);
	json_array(&json, "notes");
	for (unsigned int i = 0; i < report->note_count; i++)
		json_text(&json, NULL, report->notes[i]);
	json_end_array(&json);
	send_line(&json);
}

void tell_open(uint64_t id, const struct peer *peer)
{
	struct json json;

	json_start(&json, text, sizeof(text), "open");
	json_number(&json, "id", id);
	json_signed(&json, "pid", peer->pid);
	json_number(&json, "uid", peer->uid);
	json_signed(&json, "nspid", peer->nspid);
	send_line(&json);
}

void tell_line(uint64_t id, const char *line, size_t length)
{
	struct json json;

	json_start(&json, text, sizeof(text), "line");
	json_number(&json, "id", id);
	json_bytes(&json, "line", line, length);
	send_line(&json);
}

void tell_closed(uint64_t id)
{
	struct json json;

	json_start(&json, text, sizeof(text), "closed");
	json_number(&json, "id", id);
	send_line(&json);
}

void tell_protected(uint64_t id, pid_t pid, uint32_t family, const char *reason)
{
	struct json json;

	json_start(&json, text, sizeof(text), "protected");
	json_number(&json, "id", id);
	json_signed(&json, "pid", pid);
	json_bool(&json, "ok", reason == NULL);
	if (reason == NULL)
		json_number(&json, "family", family);
	else
		json_text(&json, "reason", reason);
	send_line(&json);
}

void tell_stats(const struct enforce_stats *stats)
{
	struct json json;

	json_start(&json, text, sizeof(text), "stats");
	json_number(&json, "members", stats->members);
	json_number(&json, "families", stats->families);
	json_object(&json, "counts");
	for (unsigned int i = 0; i < CT_V_COUNT; i++)
		if (stats->counts[i] > 0)
			json_number(&json, enforce_vector_name(i), stats->counts[i]);
	json_end_object(&json);
	send_line(&json);
}

void tell_fatal(const char *reason, const char *remedy)
{
	struct json json;

	json_start(&json, text, sizeof(text), "fatal");
	json_text(&json, "reason", reason);
	json_text(&json, "remedy", remedy);
	send_line(&json);
}

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
	json_number(json, "family", attacker->family);
	json_end_object(json);
	json_object(json, "target");
	json_number(json, "pid", target->tgid);
	json_number(json, "family", target->family);
	json_bytes(json, "comm", target->comm, strnlen(target->comm, CT_COMM_SIZE));
	json_end_object(json);
}

static void put_access(struct json *json, const struct ct_event *event)
{
	json_start(json, text, sizeof(text), "event");
	json_signed(json, "time", enforce_unix_ms(event->time));
	json_text(json, "vector", enforce_vector_name(event->vector));
	json_text(json, "program", enforce_program_name(event->program));
	json_text(json, "tier", tier_name(event->tier));
	json_text(json, "action", action_name(event->action));
	json_bool(json, "self", event->self != 0);
	json_number(json, "arg", event->arg);
	put_parties(json, event);
}

/* The end of a family is lost last of all: the agent keeps a record of each. */
static enum wire_kind kind_of(const struct ct_event *event)
{
	if (event->kind == CT_ENDED)
		return wire_is_full() ? WIRE_PROOF : WIRE_ANSWER;
	return event->self ? WIRE_PROOF : WIRE_EVENT;
}

void tell_event(const struct ct_event *event, void *unused)
{
	struct json json;

	(void)unused;
	if (event->kind == CT_ENDED) {
		json_start(&json, text, sizeof(text), "ended");
		json_number(&json, "family", event->target.family);
	} else {
		put_access(&json, event);
	}
	dropped += !wire_put(text, json_finish(&json), kind_of(event));
}

void tell_lost(uint64_t in_ring)
{
	struct json json;

	dropped += in_ring;
	if (dropped == 0)
		return;
	json_start(&json, text, sizeof(text), "lost");
	json_number(&json, "count", dropped);
	if (wire_put(text, json_finish(&json), WIRE_PROOF))
		dropped = 0;
}
