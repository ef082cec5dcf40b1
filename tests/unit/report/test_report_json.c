/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines: exactly the fields of the manual, for any bytes of a board. */
#include "report/internal.h"
#include "report/json_put.h"
#include "util/util.h"
#include "tests/test.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Formats one event. Returns: its line without the line end, or NULL (there is none). */
static char *line_of(const struct event *event, double seconds)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	report_json_event(event, seconds, out);
	fclose(out);
	if (!bytes) {
		free(text);
		return NULL;
	}
	assert_int_equal(strcspn(text, "\n"), bytes - 1); /* one complete line */
	text[bytes - 1] = '\0';
	return text;
}

static const struct {
	struct event event;
	const char *want; /* after "v" and "time" */
} rows[] = {
	{{.type = EVENT_WARNING,
	  .port = "1-1",
	  .warning = {.code = "no-partition", .text = "no partition was found"}},
	 "\"event\":\"warning\",\"port\":\"1-1\",\"code\":\"no-partition\","
	 "\"text\":\"no partition was found\"}"},
	{{.type = EVENT_WAITING}, "\"event\":\"waiting\"}"},
	{{.type = EVENT_FOUND,
	  .port = "1-1.2",
	  .found = {.chip = "BCM2711",
		    .boards = "CM4",
		    .stage = "rom",
		    .serial = "12345678",
		    .speed = "high",
		    .firmware = "msd"}},
	 "\"event\":\"found\",\"port\":\"1-1.2\",\"chip\":\"BCM2711\",\"stage\":\"rom\","
	 "\"serial\":\"12345678\",\"speed\":\"high\"}"},
	{{.type = EVENT_FOUND, .port = "1-1", .found = {.chip = "BCM2835", .stage = "files"}},
	 "\"event\":\"found\",\"port\":\"1-1\",\"chip\":\"BCM2835\",\"stage\":\"files\","
	 "\"serial\":\"\",\"speed\":\"\"}"},
	{{.type = EVENT_SENT,
	  .port = "1-1",
	  .sent = {.name = "overlays/dwc2.dtbo", .bytes = 4294967296, .seconds = 1.23456}},
	 "\"event\":\"sent\",\"port\":\"1-1\",\"name\":\"overlays/dwc2.dtbo\","
	 "\"bytes\":4294967296,\"seconds\":1.235}"},
	{{.type = EVENT_MISSING, .port = "1-1", .missing = {.name = "config.txt"}},
	 "\"event\":\"missing\",\"port\":\"1-1\",\"name\":\"config.txt\"}"},
	{{.type = EVENT_DOCUMENT, .port = "1-1", .document = {.text = "{}", .path = "a/b.json"}},
	 "\"event\":\"document\",\"port\":\"1-1\",\"path\":\"a/b.json\",\"text\":\"\"}"},
	{{.type = EVENT_DOCUMENT, .port = "1-1", .document = {.text = "{}", .why = "full"}},
	 "\"event\":\"document\",\"port\":\"1-1\",\"path\":\"\",\"text\":\"full\"}"},
	{{.type = EVENT_METADATA, .port = "1-1", .metadata = {.key = "BOOT_ROM", .value = "000a"}},
	 "\"event\":\"metadata\",\"port\":\"1-1\",\"key\":\"BOOT_ROM\",\"value\":\"000a\"}"},
	{{.type = EVENT_LEFT, .port = "1-1", .left = {.done = true}},
	 "\"event\":\"left\",\"port\":\"1-1\",\"done\":true}"},
	{{.type = EVENT_LEFT, .port = "1-1"},
	 "\"event\":\"left\",\"port\":\"1-1\",\"done\":false}"},
	{{.type = EVENT_DISK,
	  .port = "1-1",
	  .disk = {.path = "/dev/sda", .bytes = 31268536320, .model = "RPi-MSD- 0001"}},
	 "\"event\":\"disk\",\"port\":\"1-1\",\"path\":\"/dev/sda\",\"bytes\":31268536320,"
	 "\"model\":\"RPi-MSD- 0001\"}"},
	{{.type = EVENT_RESULT,
	  .port = "1-1",
	  .result = {.ok = true, .text = "here", .seconds = 3.2}},
	 "\"event\":\"result\",\"port\":\"1-1\",\"ok\":true,\"code\":0,\"text\":\"here\","
	 "\"seconds\":3.200}"},
	{{.type = EVENT_RESULT,
	  .port = "1-1",
	  .result = {.code = 130, .text = "interrupted", .seconds = 0.0004}},
	 "\"event\":\"result\",\"port\":\"1-1\",\"ok\":false,\"code\":130,"
	 "\"text\":\"interrupted\",\"seconds\":0.000}"},
	{{.type = EVENT_POWER, .port = "1-1", .power = {.on = true}},
	 "\"event\":\"power\",\"port\":\"1-1\",\"state\":\"on\"}"},
	{{.type = EVENT_POWER, .port = "1-1"},
	 "\"event\":\"power\",\"port\":\"1-1\",\"state\":\"off\"}"},
	{{.type = EVENT_HINT,
	  .hint = {.code = "no-device", .text = "no board in USB boot mode is on the bus"}},
	 "\"event\":\"hint\",\"code\":\"no-device\",\"text\":\"no board in USB boot mode is on the "
	 "bus\"}"},
	{{.type = EVENT_EEPROM,
	  .port = "1-1",
	  .eeprom = {.proof = "proved", .sha256 = "ab", .reported = "cd", .text = "EEPROM proved"}},
	 "\"event\":\"eeprom\",\"port\":\"1-1\",\"proof\":\"proved\",\"sha256\":\"ab\","
	 "\"reported\":\"cd\",\"text\":\"EEPROM proved\"}"},
	{{.type = EVENT_PROGRESS,
	  .port = "1-1",
	  .progress = {.phase = "write", .path = "/dev/sda", .bytes = 7, .total = 4294967296}},
	 "\"event\":\"progress\",\"port\":\"1-1\",\"phase\":\"write\",\"bytes\":7,"
	 "\"total\":4294967296}"},
	{{.type = EVENT_WRITTEN,
	  .port = "1-1",
	  .written = {.path = "/dev/sda",
		      .bytes = 8192,
		      .seconds = 2.5,
		      .sha256 = "ef",
		      .verified = true}},
	 "\"event\":\"written\",\"port\":\"1-1\",\"path\":\"/dev/sda\",\"bytes\":8192,"
	 "\"seconds\":2.500,\"sha256\":\"ef\",\"verified\":true}"},
	{{.type = EVENT_BOARD,
	  .port = "1-1",
	  .board = {.chip = "BCM2711",
		    .stage = "rom",
		    .serial = "12345678",
		    .speed = "high",
		    .disk = "",
		    .obstacle = "no permission"}},
	 "\"event\":\"board\",\"port\":\"1-1\",\"chip\":\"BCM2711\",\"stage\":\"rom\","
	 "\"serial\":\"12345678\",\"speed\":\"high\",\"disk\":\"\",\"usable\":false,"
	 "\"text\":\"no permission\"}"},
	{{.type = EVENT_CHECK,
	  .check = {.kind = "chip", .chip = "BCM2712", .bootcode = "b.bin", .names = "c d"}},
	 "\"event\":\"check\",\"kind\":\"chip\",\"chip\":\"BCM2712\",\"usable\":true,"
	 "\"bootcode\":\"b.bin\",\"files\":\"c d\"}"},
	{{.type = EVENT_CHECK, .check = {.kind = "warning", .text = "old firmware"}},
	 "\"event\":\"check\",\"kind\":\"warning\",\"chip\":\"\",\"text\":\"old firmware\"}"},
	{{.type = EVENT_SUMMARY, .summary = {.ok = 2, .failed = 1, .seconds = 12.3456}},
	 "\"event\":\"summary\",\"ok\":2,\"failed\":1,\"seconds\":12.346}"},
};

TEST(each_event_is_one_json_object)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_free char *line = line_of(&rows[i].event, 2.5);
		char want[256];
		struct json_object *object;

		assert_non_null(line);
		snprintf(want, sizeof(want), "{\"v\":1,\"time\":2.500,%s", rows[i].want);
		assert_string_equal(line, want);
		object = json_tokener_parse(line);
		assert_true(json_object_is_type(object, json_type_object));
		json_object_put(object);
	}
}

/* Each event has a row, except notes and sent parts of files, which are not printed as JSON. */
TEST(each_event_has_a_row)
{
	for (int type = 0; type <= EVENT_SUMMARY; type++) {
		bool has_row = type == EVENT_NOTE || type == EVENT_SENDING;

		for (size_t i = 0; i < array_size(rows); i++)
			has_row = has_row || (int)rows[i].event.type == type;
		if (!has_row)
			fail_msg("the event %d has no row", type);
	}
}

TEST(times_have_three_digits)
{
	static const struct {
		double seconds;
		const char *want;
	} times[] = {
		{0, "{\"v\":1,\"time\":0.000,"},
		{0.001, "{\"v\":1,\"time\":0.001,"},
		{0.0996, "{\"v\":1,\"time\":0.100,"},
		{59.9996, "{\"v\":1,\"time\":60.000,"},
		{1e9 + 0.007, "{\"v\":1,\"time\":1000000000.007,"},
		{-1, "{\"v\":1,\"time\":0.000,"},
	};

	for (size_t i = 0; i < array_size(times); i++) {
		cleanup_free char *line =
			line_of(&(struct event){.type = EVENT_WAITING}, times[i].seconds);

		assert_int_equal(strncmp(line, times[i].want, strlen(times[i].want)), 0);
	}
}

TEST(notes_are_no_json)
{
	const struct event note = {.type = EVENT_NOTE, .port = "1-1", .note = {.text = "x"}};
	const struct event document = {
		.type = EVENT_DOCUMENT, .port = "1-1", .document = {.text = "{}"}};

	assert_null(line_of(&note, 1));
	assert_null(line_of(&document, 1));
}

static bool line_is_ascii(const char *line)
{
	while ((unsigned char)*line && (unsigned char)*line < 0x80)
		line++;
	return !*line;
}

/* A JSON parser gets the bytes of the board, except those that are not UTF-8. */
static void check_string(const struct event *event, const char *key, const char *want)
{
	cleanup_free char *line = line_of(event, 1);
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object, *value = NULL;

	assert_non_null(line);
	/* In strict mode, json-c 0.18 treats bytes beyond ASCII as control characters. */
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8 |
						(line_is_ascii(line) ? JSON_TOKENER_STRICT : 0));
	object = json_tokener_parse_ex(tokener, line, (int)strlen(line) + 1);
	assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
	assert_true(json_object_object_get_ex(object, key, &value));
	assert_string_equal(json_object_get_string(value), want);
	for (const char *p = line; *p; p++)
		assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
	assert_null(strstr(line, "\xc2\x9b"));	   /* begins a control sequence */
	assert_null(strstr(line, "\xe2\x80\xae")); /* right-to-left override */
	json_object_put(object);
	json_tokener_free(tokener);
}

TEST(hostile_bytes_are_valid_json)
{
	static const struct {
		const char *bytes, *want;
	} strings[] = {
		{"a\"b\\c/d", "a\"b\\c/d"},
		{"\",\"event\":\"result\",\"ok\":true", "\",\"event\":\"result\",\"ok\":true"},
		{"\x1b[2J\r\n\t\x01\x7f", "\x1b[2J\r\n\t\x01\x7f"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"a\xc2\x9b", "a\xc2\x9b"},
		{"gpj.\xe2\x80\xae", "gpj.\xe2\x80\xae"},
		{"%s%n", "%s%n"},
		{"", ""},
	};

	for (size_t i = 0; i < array_size(strings); i++) {
		const char *bytes = strings[i].bytes, *want = strings[i].want;
		const struct event found = {
			.type = EVENT_FOUND,
			.port = "1-1",
			.found = {.chip = "x", .stage = "rom", .serial = bytes}};
		const struct event sent = {
			.type = EVENT_SENT, .port = "1-1", .sent = {.name = bytes}};
		const struct event missing = {
			.type = EVENT_MISSING, .port = "1-1", .missing = {.name = bytes}};
		const struct event metadata = {.type = EVENT_METADATA,
					       .port = "1-1",
					       .metadata = {.key = bytes, .value = bytes}};
		const struct event disk = {
			.type = EVENT_DISK, .port = "1-1", .disk = {.path = "x", .model = bytes}};
		const struct event result = {
			.type = EVENT_RESULT, .port = "1-1", .result = {.text = bytes}};

		check_string(&found, "serial", want);
		check_string(&sent, "name", want);
		check_string(&missing, "name", want);
		check_string(&metadata, "key", want);
		check_string(&metadata, "value", want);
		check_string(&disk, "model", want);
		check_string(&result, "text", want);
	}
}

/* Names of 255 bytes are not cut, even if every byte is escaped. */
TEST(long_names_are_not_cut)
{
	char bytes[256], want[3 * 255 + 1];
	const struct event missing = {
		.type = EVENT_MISSING, .port = "1-1", .missing = {.name = bytes}};

	memset(bytes, 0xff, 255);
	bytes[255] = '\0';
	for (size_t i = 0; i < 255; i++)
		memcpy(want + 3 * i, "\xef\xbf\xbd", 4);
	check_string(&missing, "name", want);
}

/* The configuration in an EEPROM may contain any bytes. */
TEST(text_with_nul_bytes_is_not_cut)
{
	static const char text[] = "\0a\xff\0\0b";
	struct json_object *object = json_put_new();
	cleanup_free char *line = NULL;

	json_put_text(object, "text", text, sizeof(text));
	json_put_text(object, "empty", text, 0);
	line = json_line(object);
	assert_string_equal(
		line, "{\"text\":\"\\u0000a\xef\xbf\xbd\\u0000\\u0000b\\u0000\",\"empty\":\"\"}");
	json_put_free(object);
}

/* A public exponent may have 64 bits. */
TEST(numbers_of_64_bits_keep_their_sign)
{
	struct json_object *object = json_put_new();
	cleanup_free char *line = NULL;

	json_put_int(object, "least", INT64_MIN);
	json_put_uint(object, "most", UINT64_MAX);
	line = json_line(object);
	assert_string_equal(line, "{\"least\":-9223372036854775808,\"most\":18446744073709551615}");
	json_put_free(object);
}

TEST(a_missing_object_takes_no_value)
{
	assert_null(json_put_object(NULL, "object"));
	assert_null(json_put_element(NULL));
	json_put_string(NULL, "text", "value");
	json_put_bool(NULL, "bool", true);
	assert_null(json_line(NULL));
}
