/*
 * json.h - writes one JSON object into a fixed buffer. What does not fit is told at the end and never
 * written half. Text may be any bytes: what is no printable ASCII becomes \u00XX, byte by byte.
 */
#ifndef CT_JSON_H
#define CT_JSON_H

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

/* Members; inside of an array name is NULL. */
void json_bytes(struct json *json, const char *name, const char *bytes, size_t length);
void json_text(struct json *json, const char *name, const char *text);
void json_number(struct json *json, const char *name, uint64_t number);
void json_signed(struct json *json, const char *name, int64_t number);
void json_bool(struct json *json, const char *name, bool is);

/* Nested ones; closed with the same bracket's end. */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
void json_end_object(struct json *json);
void json_end_array(struct json *json);

/* Ends the object with } and LF: bytes in all, 0 when it did not fit. */
size_t json_finish(struct json *json);

#endif
