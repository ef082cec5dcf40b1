/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"
#include "util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *bytes, *utf8, *printable;
} rows[] = {
	{"", "", ""},
	{"config.txt", "config.txt", "config.txt"},
	{"a\\b\"c", "a\\b\"c", "a\\b\"c"},
	{"\x1b[2J", "\x1b[2J", "\\x1b[2J"},
	{"a\nb\tc\r\x7f", "a\nb\tc\r\x7f", "a\\x0ab\\x09c\\x0d\\x7f"},
	/* Two, three and four bytes */
	{"M\xc3\xbcller", "M\xc3\xbcller", "M\xc3\xbcller"},
	{"\xe2\x82\xac", "\xe2\x82\xac", "\xe2\x82\xac"},
	{"\xf0\x9f\x8d\x93", "\xf0\x9f\x8d\x93", "\xf0\x9f\x8d\x93"},
	/* The ends of the ranges */
	{"\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80"},
	{"\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"},
	{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	{"\xf4\x90\x80\x80", BAD BAD BAD BAD, "\\xf4\\x90\\x80\\x80"},
	/* Stray, cut short, overlong, surrogate, never valid */
	{"a\x80z", "a" BAD "z", "a\\x80z"},
	{"a\xc3", "a" BAD, "a\\xc3"},
	{"a\xe2\x82", "a" BAD BAD, "a\\xe2\\x82"},
	{"\xe2\x82z", BAD BAD "z", "\\xe2\\x82z"},
	{"\xc0\xaf", BAD BAD, "\\xc0\\xaf"},
	{"\xe0\x80\xaf", BAD BAD BAD, "\\xe0\\x80\\xaf"},
	{"\xf0\x80\x80\xaf", BAD BAD BAD BAD, "\\xf0\\x80\\x80\\xaf"},
	{"\xed\xa0\x80", BAD BAD BAD, "\\xed\\xa0\\x80"},
	{"\xf8\xff", BAD BAD, "\\xf8\\xff"},
	/* Valid, but a terminal's control sequence introducer, and a change of direction */
	{"\xc2\x9b", "\xc2\x9b", "\\xc2\\x9b"},
	{"a\xe2\x80\xaetxt", "a\xe2\x80\xaetxt", "a\\xe2\\x80\\xaetxt"},
	{"\xef\xbb\xbf", "\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
};

static void test_rows(void **state)
{
	char ret[256], again[256];

	(void)state;
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

/* With every size: nothing past the end, and what is there is a beginning that ends between two
 * characters or escapes. */
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

static void test_cut(void **state)
{
	static const char bytes[] = "ab\xc3\xbc\xff\x1b\xf0\x9f\x8d\x93\xc2\x9bz";
	static const char *const utf8[] = {
		"a", "b", "\xc3\xbc", BAD, "\x1b", "\xf0\x9f\x8d\x93", "\xc2\x9b", "z", NULL};
	static const char *const printable[] = {"a",	      "b",     "\xc3\xbc",
						"\\xff",      "\\x1b", "\xf0\x9f\x8d\x93",
						"\\xc2\\x9b", "z",     NULL};

	(void)state;
	cut_everywhere(text_utf8, bytes, utf8);
	cut_everywhere(text_printable, bytes, printable);
}

/* TEXT_GROWTH is enough for everything, so that nobody loses bytes who trusts in it. */
static void test_growth(void **state)
{
	char bytes[256], ret[255 * TEXT_GROWTH + 1];

	(void)state;
	for (int c = 1; c < 256; c++) {
		memset(bytes, c, 255);
		bytes[255] = '\0';
		text_utf8(bytes, ret, sizeof(ret));
		assert_int_equal(strlen(ret), c < 0x80 ? 255 : 3 * 255);
		text_printable(bytes, ret, sizeof(ret));
		assert_int_equal(strlen(ret), c >= 0x20 && c < 0x7f ? 255 : 4 * 255);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
