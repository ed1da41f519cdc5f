/*
 * json_test.c - messages to the agent: everything escaped, never in part.
 */
#include "../check.h"

#include "enforcer/wire/json.h"

static char text[4096];

static void test_all_fields(void)
{
	static const char wanted[] = "{\"t\":\"x\",\"a\":\"b\",\"n\":18446744073709551615,\"s\":-9223372036854775808,"
				     "\"yes\":true,\"no\":false,\"o\":{\"z\":0},\"l\":[\"1\",{},{\"q\":[]}],\"e\":\"\"}\n";
	struct json json;

	json_start(&json, text, sizeof(text), "x");
	json_text(&json, "a", "b");
	json_number(&json, "n", UINT64_MAX);
	json_signed(&json, "s", INT64_MIN);
	json_bool(&json, "yes", true);
	json_bool(&json, "no", false);
	json_object(&json, "o");
	json_signed(&json, "z", 0);
	json_end_object(&json);
	json_array(&json, "l");
	json_text(&json, NULL, "1");
	json_object(&json, NULL);
	json_end_object(&json);
	json_object(&json, NULL);
	json_array(&json, "q");
	json_end_array(&json);
	json_end_object(&json);
	json_end_array(&json);
	json_text(&json, "e", "");
	CHECK_EQUAL(json_finish(&json), sizeof(wanted) - 1);
	CHECK(memcmp(text, wanted, sizeof(wanted) - 1) == 0);
}

/* Every byte there is, as a reader of JSON would get it back. */
static void test_every_byte(void)
{
	char all[256];
	struct json json;
	size_t length;
	const char *at = text + strlen("{\"t\":\"x\",\"b\":\"");

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	json_start(&json, text, sizeof(text), "x");
	json_bytes(&json, "b", all, sizeof(all));
	length = json_finish(&json);
	CHECK(length > 0);
	for (int i = 0; i < 256; i++) {
		unsigned int code = 0;

		if (*at != '\\') {
			code = (unsigned char)*at++;
			CHECK(code >= 0x20 && code < 0x7f && code != '"');
		} else if (at[1] == 'u') {
			CHECK_EQUAL(sscanf(at, "\\u%4x", &code), 1);
			at += 6;
		} else {
			code = (unsigned char)at[1];
			at += 2;
		}
		CHECK_EQUAL(code, i);
	}
	CHECK(strncmp(at, "\"}\n", 3) == 0);
	CHECK(memchr(text, '\n', length - 1) == NULL);
}

static void test_too_long(void)
{
	struct json json;
	size_t whole;

	json_start(&json, text, sizeof(text), "x");
	json_text(&json, "a", "0123456789");
	whole = json_finish(&json);
	for (size_t size = 0; size <= whole; size++) {
		memset(text, '~', sizeof(text));
		json_start(&json, text, size, "x");
		json_text(&json, "a", "0123456789");
		CHECK_EQUAL(json_finish(&json), size < whole ? 0 : whole);
		for (size_t i = size; i < sizeof(text); i++)
			if (!CHECK(text[i] == '~'))
				return;
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "fields, objects and arrays", test_all_fields },
		{ "every byte comes back", test_every_byte },
		{ "an object that does not fit is not written, nor anything behind the end", test_too_long },
	};

	return RUN(tests);
}
