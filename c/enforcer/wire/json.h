/*
 * json.h - writes one JSON object into a fixed buffer. An object that does not fit is never written in part. Text may
 * be any bytes: those outside printable ASCII become \u00XX.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char *text;
	size_t size, used;
	bool overflown, first;
};

/* Starts {"t":"type" in text[size]. */
void json_start(struct json *json, char *text, size_t size, const char *type);

/* Fields; inside an array name is NULL. */
void json_bytes(struct json *json, const char *name, const char *bytes, size_t length);
void json_text(struct json *json, const char *name, const char *text);
void json_number(struct json *json, const char *name, uint64_t number);
void json_signed(struct json *json, const char *name, int64_t number);
void json_bool(struct json *json, const char *name, bool is);

/* Nested objects and arrays. */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
void json_end_object(struct json *json);
void json_end_array(struct json *json);

/* Closes the object with } and LF. Returns the length, or 0 when it did not fit. */
size_t json_finish(struct json *json);
