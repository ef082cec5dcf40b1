/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include "boot/metadata.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <json-c/json.h>

struct test {
	struct metadata *metadata;
};

static int setup(void **state)
{
	struct test *test = calloc(1, sizeof(*test));

	tree_must(metadata_new(&test->metadata, NULL) == 0);
	*state = test;
	return 0;
}

static int teardown(void **state)
{
	struct test *test = *state;

	assert_null(metadata_free(test->metadata));
	free(test);
	return 0;
}

FIXTURE_EACH(setup, teardown)

/* Returns: true if the pair is new. */
static bool add(struct metadata *metadata, const char *key, const char *value)
{
	struct error err = {};
	bool new;

	assert_int_equal(metadata_add(metadata, key, value, &new, &err), 0);
	assert_int_equal(err.code, 0);
	return new;
}

TEST(a_key_has_its_last_value)
{
	struct metadata *metadata = ((struct test *)*state)->metadata;

	assert_int_equal(metadata_count(metadata), 0);
	assert_null(metadata_get(metadata, "MAC_ADDR"));
	assert_true(add(metadata, "MAC_ADDR", "aa"));
	assert_true(add(metadata, "BOOT_ROM", "1"));
	assert_false(add(metadata, "MAC_ADDR", "aa"));
	assert_true(add(metadata, "MAC_ADDR", "bb"));
	assert_false(add(metadata, "MAC_ADDR", "bb"));
	assert_true(add(metadata, "mac_addr", "bb"));
	assert_true(add(metadata, "EMPTY", ""));
	assert_false(add(metadata, "EMPTY", ""));
	assert_int_equal(metadata_count(metadata), 4);
	assert_string_equal(metadata_get(metadata, "MAC_ADDR"), "bb");
	assert_string_equal(metadata_get(metadata, "EMPTY"), "");
	assert_null(metadata_get(metadata, "MAC"));
	assert_null(metadata_free(NULL));
}

TEST(the_factory_uuid_is_decoded)
{
	struct metadata *metadata = ((struct test *)*state)->metadata;

	assert_true(add(metadata, "FACTORY_UUID", "19a519a6_19ab520e_1ac0212b"));
	assert_string_equal(metadata_get(metadata, "FACTORY_UUID"), "001000911006186073");
	assert_false(add(metadata, "FACTORY_UUID", "19a519a6_19ab520e_1ac0212b"));
	/* A value with another form is kept as it is. So are the values of all other keys. */
	assert_true(add(metadata, "FACTORY_UUID", "19a519a6-19ab520e"));
	assert_string_equal(metadata_get(metadata, "FACTORY_UUID"), "19a519a6-19ab520e");
	assert_true(add(metadata, "OTHER", "19a519a6"));
	assert_string_equal(metadata_get(metadata, "OTHER"), "19a519a6");
}

TEST(the_number_of_keys_is_limited)
{
	struct metadata *metadata = ((struct test *)*state)->metadata;
	struct error err = {};
	bool new;
	char key[16];

	for (int i = 0; i < 256; i++) {
		snprintf(key, sizeof(key), "K%d", i);
		assert_true(add(metadata, key, "v"));
	}
	assert_int_equal(metadata_add(metadata, "K256", "v", &new, &err), -E2BIG);
	assert_non_null(strstr(err.text, "256"));
	assert_int_equal(metadata_count(metadata), 256);
	assert_true(add(metadata, "K0", "w")); /* known keys can still change */
	assert_false(add(metadata, "K255", "v"));
}

TEST(the_document_is_sound_json)
{
	static const struct {
		const char *key, *value, *json_key, *json_value;
	} rows[] = {
		{"Z_FIRST", "1", "Z_FIRST", "1"},
		{"A_SECOND", "a/b \"q\" \\", "A_SECOND", "a/b \"q\" \\"},
		{"CONTROL", "a\x1b[2J\n\x01z", "CONTROL", "a\x1b[2J\n\x01z"},
		{"BYTES", "a\xff\xfez", "BYTES", "a\xef\xbf\xbd\xef\xbf\xbdz"},
		{"K\x80", "M\xc3\xbcller", "K\xef\xbf\xbd", "M\xc3\xbcller"},
		{"\"}", "\"},", "\"}", "\"},"},
		{"DIRECTION\xe2\x80\xae", "\x7f\xc2\x9b", "DIRECTION\xe2\x80\xae", "\x7f\xc2\x9b"},
		{"", "", "", ""},
	};
	struct metadata *metadata = ((struct test *)*state)->metadata;
	char *text = metadata_document(metadata, NULL);
	struct json_object *document;
	size_t i = 0;

	document = json_tokener_parse(text);
	assert_true(json_object_is_type(document, json_type_object));
	assert_int_equal(json_object_object_length(document), 0);
	json_object_put(document);
	free(text);
	for (i = 0; i < array_size(rows); i++)
		add(metadata, rows[i].key, rows[i].value);
	add(metadata, "Z_FIRST", "changed"); /* keeps its position */
	text = metadata_document(metadata, NULL);
	for (const char *p = text; *p; p++)
		assert_true(((unsigned char)*p >= 0x20 && *p != 0x7f) || *p == '\n');
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	document = json_tokener_parse(text);
	assert_non_null(document);
	i = 0;
	json_object_object_foreach(document, key, value)
	{
		assert_true(i < array_size(rows));
		assert_string_equal(key, rows[i].json_key);
		assert_string_equal(json_object_get_string(value),
				    i ? rows[i].json_value : "changed");
		i++;
	}
	assert_int_equal(i, array_size(rows));
	json_object_put(document);
	free(text);
}

/* A serial number has at most 64 characters. */
#define LONG_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"

/* The serial number of the USB device has priority: the metadata may have none, or another one. */
TEST(the_serial_number_names_the_document)
{
	static const struct {
		const char *reported, *usb, *name;
	} rows[] = {
		{"10000000abcdef01", "abcdef01", "abcdef01"},
		{"10000000abcdef01", "", "10000000abcdef01"},
		{"10000000abcdef01", NULL, "10000000abcdef01"},
		{NULL, "usb1", "usb1"},
		{NULL, NULL, "1-1.2"},
		{NULL, "", "1-1.2"},
		{"", "", "1-1.2"},
		{"../../x", "usb1", "usb1"},
		{"own1", "../../x", "own1"},
		{"../../x", "../../y", "1-1.2"},
		{"/etc/x", NULL, "1-1.2"},
		{".", "..", "1-1.2"},
		{"a.b", "a-b", "1-1.2"},
		{"a\nb", "a b", "1-1.2"},
		{"\xc3\xbc", "\xff", "1-1.2"},
		{LONG_64, NULL, LONG_64},
		{LONG_64 "0", "usb1", "usb1"},
		{"x/", "x\\", "1-1.2"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct test *test;
		void *own;

		setup(&own);
		test = own;
		if (rows[i].reported)
			add(test->metadata, "USER_SERIAL_NUM", rows[i].reported);
		assert_string_equal(metadata_name(test->metadata, rows[i].usb, "1-1.2"),
				    rows[i].name);
		teardown(&own);
	}
}
