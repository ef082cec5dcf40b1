/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text.h"
#include "util/util.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define BAD "\xef\xbf\xbd"

TEST(a_new_text_is_formatted)
{
	cleanup_free char *text = text_new("%s-%d", "a", 1);

	assert_string_equal(text, "a-1");
}

static const struct {
	const char *bytes, *utf8, *printable;
} rows[] = {
	{"", "", ""},
	{"config.txt", "config.txt", "config.txt"},
	{"a\\b\"c", "a\\b\"c", "a\\b\"c"},
	{"\x1b[2J", "\x1b[2J", "\\x1b[2J"},
	{"a\nb\tc\r\x7f", "a\nb\tc\r\x7f", "a\\x0ab\\x09c\\x0d\\x7f"},
	/* Two, three and four bytes. */
	{"M\xc3\xbcller", "M\xc3\xbcller", "M\xc3\xbcller"},
	{"\xe2\x82\xac", "\xe2\x82\xac", "\xe2\x82\xac"},
	{"\xf0\x9f\x8d\x93", "\xf0\x9f\x8d\x93", "\xf0\x9f\x8d\x93"},
	/* The limits of the ranges. */
	{"\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80"},
	{"\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"},
	{"\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd"},
	{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", "\\xf4\\x8f\\xbf\\xbf"}, /* no character */
	{"\xf4\x90\x80\x80", BAD BAD BAD BAD, "\\xf4\\x90\\x80\\x80"},
	/* Stray, cut, overlong, surrogate, and never valid bytes. */
	{"a\x80z", "a" BAD "z", "a\\x80z"},
	{"a\xc3", "a" BAD, "a\\xc3"},
	{"a\xe2\x82", "a" BAD BAD, "a\\xe2\\x82"},
	{"\xe2\x82z", BAD BAD "z", "\\xe2\\x82z"},
	{"\xc0\xaf", BAD BAD, "\\xc0\\xaf"},
	{"\xe0\x80\xaf", BAD BAD BAD, "\\xe0\\x80\\xaf"},
	{"\xf0\x80\x80\xaf", BAD BAD BAD BAD, "\\xf0\\x80\\x80\\xaf"},
	{"\xed\xa0\x80", BAD BAD BAD, "\\xed\\xa0\\x80"},
	{"\xf8\xff", BAD BAD, "\\xf8\\xff"},
	/* Valid, but a control sequence introducer, and a change of direction. */
	{"\xc2\x9b", "\xc2\x9b", "\\xc2\\x9b"},
	{"a\xe2\x80\xaetxt", "a\xe2\x80\xaetxt", "a\\xe2\\x80\\xaetxt"},
	{"\xef\xbb\xbf", "\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
	/* A variation selector, a filler without width, and a tag. */
	{"a\xef\xb8\x8f", "a\xef\xb8\x8f", "a\\xef\\xb8\\x8f"},
	{"\xe3\x85\xa4", "\xe3\x85\xa4", "\\xe3\\x85\\xa4"},
	{"\xf3\xa0\x81\x81", "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"},
};

TEST(text_becomes_utf8_or_printable)
{
	char ret[256], again[256];

	for (size_t i = 0; i < array_size(rows); i++) {
		text_utf8(rows[i].bytes, ret, sizeof(ret));
		assert_string_equal(ret, rows[i].utf8);
		text_utf8(ret, again, sizeof(again));
		assert_string_equal(again, ret);
		text_printable(rows[i].bytes, ret, sizeof(ret));
		assert_string_equal(ret, rows[i].printable);
		text_printable(ret, again, sizeof(again));
		assert_string_equal(again, ret);
	}
}

/* With every buffer size, no byte after the buffer changes, and the result is a prefix that ends
 * between two characters or escapes. */
static void cut_everywhere(void (*text)(const char *, char *, size_t), const char *bytes,
			   const char *const *pieces)
{
	for (size_t size = 1; size < 64; size++) {
		char ret[65], expected[65] = "";

		for (size_t i = 0; pieces[i] && strlen(expected) + strlen(pieces[i]) < size; i++)
			strcat(expected, pieces[i]);
		memset(ret, '#', sizeof(ret));
		text(bytes, ret, size);
		assert_string_equal(ret, expected);
		for (size_t i = size; i < sizeof(ret); i++)
			assert_int_equal(ret[i], '#');
	}
}

TEST(a_cut_text_ends_with_a_whole_character)
{
	static const char bytes[] = "ab\xc3\xbc\xff\x1b\xf0\x9f\x8d\x93\xc2\x9bz";
	static const char *const utf8[] = {
		"a", "b", "\xc3\xbc", BAD, "\x1b", "\xf0\x9f\x8d\x93", "\xc2\x9b", "z", NULL};
	static const char *const printable[] = {"a",	      "b",     "\xc3\xbc",
						"\\xff",      "\\x1b", "\xf0\x9f\x8d\x93",
						"\\xc2\\x9b", "z",     NULL};

	cut_everywhere(text_utf8, bytes, utf8);
	cut_everywhere(text_printable, bytes, printable);
}

/* TEXT_GROWTH is enough for all bytes, so a buffer of that size loses none. */
TEST(text_growth_is_enough)
{
	char bytes[256], ret[255 * TEXT_GROWTH + 1];

	for (int c = 1; c < 256; c++) {
		memset(bytes, c, 255);
		bytes[255] = '\0';
		text_utf8(bytes, ret, sizeof(ret));
		assert_int_equal(strlen(ret), c < 0x80 ? 255 : 3 * 255);
		text_printable(bytes, ret, sizeof(ret));
		assert_int_equal(strlen(ret), c >= 0x20 && c < 0x7f ? 255 : 4 * 255);
	}
}

/* Each of these code points is invisible. Their neighbours are visible. */
TEST(invisible_characters_are_escaped)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x7f, 0x9f},	  {0xad, 0xad},	    {0x61c, 0x61c},	{0x180b, 0x180f},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},	{0xfe00, 0xfe0f},
		{0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < array_size(ranges); i++)
		for (uint32_t code = ranges[i].first - 1; code <= ranges[i].last + 1; code++) {
			bool inside = code >= ranges[i].first && code <= ranges[i].last;
			char bytes[5] = "", shown[32], want[32];
			cleanup_free char *json = NULL;

			if (code < 0x80)
				sprintf(bytes, "%c", (int)code);
			else if (code < 0x800)
				sprintf(bytes, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 0x3f));
			else if (code < 0x10000)
				sprintf(bytes, "%c%c%c", 0xe0 | code >> 12,
					0x80 | (code >> 6 & 0x3f), 0x80 | (code & 0x3f));
			else
				sprintf(bytes, "%c%c%c%c", 0xf0 | code >> 18,
					0x80 | (code >> 12 & 0x3f), 0x80 | (code >> 6 & 0x3f),
					0x80 | (code & 0x3f));
			if ((code & 0xfffe) == 0xfffe)
				inside = true;
			text_printable(bytes, shown, sizeof(shown));
			if ((shown[0] == '\\') != inside)
				fail_msg("U+%04X is shown as %s", code, shown);
			json = text_json(bytes);
			snprintf(want, sizeof(want), code > 0xffff ? "\\u%04x\\u%04x" : "\\u%04x",
				 code > 0xffff ? 0xd800 + ((code - 0x10000) >> 10) : code,
				 0xdc00 + (code & 0x3ff));
			assert_string_equal(json, inside ? want : bytes);
		}
}

/* The text of a JSON writer does not change, except for invisible characters. */
TEST(json_keeps_its_visible_characters)
{
	static const struct {
		const char *json, *want;
	} texts[] = {
		{"", ""},
		{"{\n  \"a\": \"\\u001b\\n\"\n}", "{\n  \"a\": \"\\u001b\\n\"\n}"},
		{"\"M\xc3\xbcller\"", "\"M\xc3\xbcller\""},
		{"\"\x7f\xc2\x9b\xe2\x80\xae\"", "\"\\u007f\\u009b\\u202e\""},
		{"\"\xf3\xa0\x81\x81\"", "\"\\udb40\\udc41\""},
	};

	for (size_t i = 0; i < array_size(texts); i++) {
		cleanup_free char *json = text_json(texts[i].json);

		assert_string_equal(json, texts[i].want);
	}
}

TEST(text_that_does_not_fit_is_cut_off)
{
	char text[8] = "";

	text_add(text, sizeof(text), "%d", 12);
	text_add(text, sizeof(text), "%s", "345");
	assert_string_equal(text, "12345");
	text_add(text, sizeof(text), "%s", "6789");
	assert_string_equal(text, "1234567");
	text_add(text, sizeof(text), "%s", "x");
	assert_string_equal(text, "1234567");
}
