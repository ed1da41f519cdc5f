/*
 * message_encoder.c - see message_encoder.h. One buffer holds one message at a time.
 */
#include "message_encoder.h"

#include "json.h"
#include "wire.h"

#include <string.h>

#define MAX_LINE (64u << 10)

static char text[MAX_LINE];

static void send_line(struct json *json)
{
	(void)wire_put(text, json_finish(json), WIRE_HIGH);
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

const char *backend_label(unsigned int backend)
{
	return backend < CT_BACKENDS ? enforce_backend_name(backend) : "tracking";
}

static void put_backends(struct json *json, const struct enforce_report *report)
{
	json_array(json, "backends");
	for (unsigned int i = 0; i < CT_BACKENDS; i++) {
		json_object(json, NULL);
		json_text(json, "name", backend_label(i));
		json_text(json, "state", state_name(report->backends[i].state));
		json_text(json, "reason", report->backends[i].reason);
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
		json_text(json, "backend", backend_label(report->programs[i].backend));
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_notes(struct json *json, const struct enforce_report *report)
{
	json_array(json, "notes");
	for (unsigned int i = 0; i < report->note_count; i++)
		json_text(json, NULL, report->notes[i]);
	json_end_array(json);
}

void send_removed(const struct enforce_report *report)
{
	struct json json;

	json_start(&json, text, sizeof(text), "removed");
	put_notes(&json, report);
	send_line(&json);
}

void send_exported(const struct export *export)
{
	struct json json;

	json_start(&json, text, sizeof(text), "exported");
	json_text(&json, "path", export->path);
	json_bool(&json, "locked", export->locked);
	json_text(&json, "reason", export->reason);
	send_line(&json);
}

void send_ready(const struct enforce_report *report)
{
	struct json json;

	json_start(&json, text, sizeof(text), "ready");
	json_text(&json, "mode", report->mode);
	json_bool(&json, "enforcing", report->enforcing);
	json_bool(&json, "lock", report->lock);
	json_text(&json, "exec", report->exec_allow ? "allow" : "deny");
	json_bool(&json, "pinned", report->pinned);
	json_bool(&json, "adopted", report->adopted);
	json_bool(&json, "irrevocable", report->irrevocable);
	json_text(&json, "release", report->release);
	json_number(&json, "processes", report->processes);
	put_backends(&json, report);
	put_programs(&json, report);
	put_notes(&json, report);
	send_line(&json);
}

void send_open(uint64_t id, const struct peer *peer)
{
	struct json json;

	json_start(&json, text, sizeof(text), "open");
	json_number(&json, "id", id);
	json_signed(&json, "pid", peer->pid);
	json_number(&json, "uid", peer->uid);
	json_signed(&json, "nspid", peer->nspid);
	send_line(&json);
}

void send_request_line(uint64_t id, const char *line, size_t length)
{
	struct json json;

	json_start(&json, text, sizeof(text), "line");
	json_number(&json, "id", id);
	json_bytes(&json, "line", line, length);
	send_line(&json);
}

void send_closed(uint64_t id)
{
	struct json json;

	json_start(&json, text, sizeof(text), "closed");
	json_number(&json, "id", id);
	send_line(&json);
}

void send_protected(uint64_t id, pid_t pid, uint32_t tree, const char *reason)
{
	struct json json;

	json_start(&json, text, sizeof(text), "protected");
	json_number(&json, "id", id);
	json_signed(&json, "pid", pid);
	json_bool(&json, "ok", reason == NULL);
	if (reason == NULL)
		json_number(&json, "tree", tree);
	else
		json_text(&json, "reason", reason);
	send_line(&json);
}

void send_stats(const struct enforce_stats *stats)
{
	struct json json;

	json_start(&json, text, sizeof(text), "stats");
	json_number(&json, "processes", stats->processes);
	json_number(&json, "trees", stats->trees);
	json_object(&json, "counts");
	for (unsigned int i = 0; i < CT_V_COUNT; i++)
		if (stats->counts[i] > 0)
			json_number(&json, enforce_vector_name(i), stats->counts[i]);
	json_end_object(&json);
	send_line(&json);
}

void send_fatal(const char *reason, const char *remedy)
{
	struct json json;

	json_start(&json, text, sizeof(text), "fatal");
	json_text(&json, "reason", reason);
	json_text(&json, "remedy", remedy);
	send_line(&json);
}
