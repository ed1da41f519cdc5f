/*
 * json_writer.c - the enforcer's JSON: a buffer of any size is never exceeded, and every byte of a text comes back.
 */
#include "fuzz.h"

#include "enforcer/wire/json.h"

#include <string.h>

/* Reads a JSON string back. Returns the place behind its closing quote. */
static const char *unescape(const char *at, char *bytes, size_t *ret_length)
{
	*ret_length = 0;
	MUST(*at++ == '"');
	while (*at != '"') {
		unsigned int byte = (unsigned char)*at;

		MUST(byte >= 0x20 && byte < 0x7f);
		if (byte == '\\' && at[1] == 'u') {
			MUST(sscanf(at, "\\u%4x", &byte) == 1 && byte < 256);
			at += 6;
		} else if (byte == '\\') {
			byte = (unsigned char)at[1];
			MUST(byte == '"' || byte == '\\');
			at += 2;
		} else {
			at++;
		}
		bytes[(*ret_length)++] = (char)byte;
	}
	return at + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	const char *bytes = (const char *)input + 2;
	size_t size, written, back = 0;
	struct json json;
	char *text, *copy;

	if (length < 2)
		return 0;
	size = (size_t)input[0] << 8 | input[1];
	length -= 2;
	text = malloc(size + 1); /* AddressSanitizer watches its end */
	copy = malloc(length + 1);
	MUST(text != NULL && copy != NULL);
	json_start(&json, text, size, "x");
	json_bytes(&json, "b", bytes, length);
	json_array(&json, "l");
	json_signed(&json, NULL, (int64_t)(length << 32) - (int64_t)size);
	json_number(&json, NULL, UINT64_MAX - size);
	json_bool(&json, NULL, length & 1);
	json_end_array(&json);
	written = json_finish(&json);
	MUST(written <= size);
	if (written > 0) {
		const char *at = unescape(text + strlen("{\"t\":\"x\",\"b\":"), copy, &back);

		MUST(back == length && memcmp(copy, bytes, length) == 0);
		MUST(strncmp(at, ",\"l\":[", 6) == 0 && text[written - 1] == '\n' && text[written - 2] == '}');
	}
	free(text);
	free(copy);
	return 0;
}
