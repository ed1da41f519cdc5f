/*
 * json.c - see json.h. It runs for every event, so it uses neither locale nor format strings.
 */
#include "json.h"

#include <string.h>

static void put(struct json *json, const char *bytes, size_t length)
{
	if (length > json->size - json->used) {
		json->overflown = true;
		return;
	}
	memcpy(json->text + json->used, bytes, length);
	json->used += length;
}

static void put_char(struct json *json, char c)
{
	put(json, &c, 1);
}

static void put_escaped(struct json *json, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	char code[6] = { '\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15] };

	if (byte == '"' || byte == '\\') {
		put_char(json, '\\');
		put_char(json, (char)byte);
	} else if (byte < 0x20 || byte >= 0x7f) {
		put(json, code, sizeof(code));
	} else {
		put_char(json, (char)byte);
	}
}

static void put_quoted(struct json *json, const char *bytes, size_t length)
{
	put_char(json, '"');
	for (size_t i = 0; i < length; i++)
		put_escaped(json, (unsigned char)bytes[i]);
	put_char(json, '"');
}

/* A comma if needed, and the field's name. */
static void put_name(struct json *json, const char *name)
{
	if (!json->first)
		put_char(json, ',');
	json->first = false;
	if (name == NULL)
		return;
	put_quoted(json, name, strlen(name));
	put_char(json, ':');
}

static void put_digits(struct json *json, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put(json, digits + at, sizeof(digits) - at);
}

static void open_with(struct json *json, const char *name, char bracket)
{
	put_name(json, name);
	put_char(json, bracket);
	json->first = true;
}

static void close_with(struct json *json, char bracket)
{
	put_char(json, bracket);
	json->first = false;
}

void json_start(struct json *json, char *text, size_t size, const char *type)
{
	*json = (struct json){ .text = text, .size = size, .first = true };
	put_char(json, '{');
	json_text(json, "t", type);
}

void json_bytes(struct json *json, const char *name, const char *bytes, size_t length)
{
	put_name(json, name);
	put_quoted(json, bytes, length);
}

void json_text(struct json *json, const char *name, const char *text)
{
	json_bytes(json, name, text, strlen(text));
}

void json_number(struct json *json, const char *name, uint64_t number)
{
	put_name(json, name);
	put_digits(json, number);
}

void json_signed(struct json *json, const char *name, int64_t number)
{
	put_name(json, name);
	if (number < 0)
		put_char(json, '-');
	put_digits(json, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void json_bool(struct json *json, const char *name, bool is)
{
	put_name(json, name);
	put(json, is ? "true" : "false", is ? 4 : 5);
}

void json_object(struct json *json, const char *name)
{
	open_with(json, name, '{');
}

void json_array(struct json *json, const char *name)
{
	open_with(json, name, '[');
}

void json_end_object(struct json *json)
{
	close_with(json, '}');
}

void json_end_array(struct json *json)
{
	close_with(json, ']');
}

size_t json_finish(struct json *json)
{
	put(json, "}\n", 2);
	return json->overflown ? 0 : json->used;
}
