/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/duid.h"
#include "util/util.h"
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Encoded by hand: half = 1600a + 40b + c + 1; '0' is 4, 'A' is 14; the low half comes first. */
static const struct {
	const char *words;
	int result;
	const char *id;
} rows[] = {
	{"19a519a6_19ab520e_1ac0212b", 0, "001000911006186073"}, /* docs/protocol.md section 4 */
	{"19A519A6_19AB520E_1AC0212B", 0, "001000911006186073"},
	{"19a5", 0, "000"},
	{"000019a5", 0, "000"},
	{"19a519a5", 0, "000000"},
	{"535619a5", 0, "000999"}, /* 13*1600 + 13*40 + 13 + 1 = 21334 */
	{"59bf", 0, "AAA"},	   /* 14*1600 + 14*40 + 14 + 1 = 22975 */
	{"fa00", 0, "ZZZ"},	   /* 39*1600 + 39*40 + 39 + 1 = 64000 */
	{"1a17", 0, "02Y"},	   /* 4*1600 + 6*40 + 38 + 1 = 6679 */
	/* A zero word ends the id. A zero high half has no characters. */
	{"19a5_00000000", 0, "000"},
	{"19a5_0", 0, "000"},
	{"19a5_0_19a6", 0, "000"},
	{"000019a6_19a519a5", 0, "001000000"},
	/* The codes 0 to 3 (shifts and space) are invalid in an id. */
	{"00000001", -EINVAL, NULL},
	{"19a4", -EINVAL, NULL},     /* c = 3 */
	{"1981", -EINVAL, NULL},     /* b = 3 */
	{"1365", -EINVAL, NULL},     /* a = 3 */
	{"fa01", -EINVAL, NULL},     /* a = 40 */
	{"ffffffff", -EINVAL, NULL}, /* likewise */
	{"000119a5", -EINVAL, NULL}, /* in the high half */
	{"19a50000", -EINVAL, NULL}, /* low half missing */
	/* Texts with another form. */
	{"", -EINVAL, NULL},
	{"0", -EINVAL, NULL},
	{"00000000_00000000", -EINVAL, NULL},
	{"_", -EINVAL, NULL},
	{"_19a5", -EINVAL, NULL},
	{"19a5_", -EINVAL, NULL},
	{"19a5__19a5", -EINVAL, NULL},
	{"0019a519a5", -EINVAL, NULL},
	{"19a5 ", -EINVAL, NULL},
	{" 19a5", -EINVAL, NULL},
	{"0x19a5", -EINVAL, NULL},
	{"+19a5", -EINVAL, NULL},
	{"19a5,19a5", -EINVAL, NULL},
	{"19ag", -EINVAL, NULL},
	{"19a5_\xff", -EINVAL, NULL},
	{"0_zz", -EINVAL, NULL}, /* also after the end */
	{"001000911006186073", -EINVAL, NULL},
};

TEST(each_duid_is_decoded_or_refused)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		char ret[DUID_SIZE] = "untouched";

		if (duid_decode(rows[i].words, ret, sizeof(ret)) != rows[i].result)
			fail_msg("'%s'", rows[i].words);
		assert_string_equal(ret, rows[i].id ? rows[i].id : "untouched");
	}
}

/* Compares every value of a half with the definition. */
TEST(every_half_agrees_with_the_definition)
{
	static const char c40[] = "????0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	int good = 0;

	for (int a = 0; a < 40; a++)
		for (int b = 0; b < 40; b++)
			for (int c = 0; c < 40; c++) {
				char words[16], ret[DUID_SIZE] = "";
				char expected[4] = {c40[a], c40[b], c40[c], '\0'};
				int r;

				snprintf(words, sizeof(words), "%08x", 1600 * a + 40 * b + c + 1);
				r = duid_decode(words, ret, sizeof(ret));
				assert_int_equal(r, strchr(expected, '?') ? -EINVAL : 0);
				if (r == 0)
					assert_string_equal(ret, expected);
				good += r == 0;
			}
	assert_int_equal(good, 36 * 36 * 36);
}

TEST(a_small_buffer_is_refused)
{
	char ret[19] = "";
	char message[242] = "", id[DUID_SIZE];

	for (size_t size = 0; size < 19; size++) {
		memset(ret, '#', sizeof(ret));
		assert_int_equal(duid_decode("19a519a6_19ab520e_1ac0212b", ret, size), -ENOSPC);
		assert_int_equal(ret[size], '#');
	}
	assert_int_equal(duid_decode("19a519a6_19ab520e_1ac0212b", ret, 19), 0);

	/* the longest value that fits into a message after "*FACTORY_UUID*" */
	for (int i = 0; i < 26; i++)
		strcat(message, "fa0019a5_");
	strcat(message, "00019a5");
	assert_int_equal(strlen(message), 241);
	assert_int_equal(duid_decode(message, id, sizeof(id)), 0);
	assert_int_equal(strlen(id), 26 * 6 + 3);
}

TEST(a_long_duid_is_refused)
{
	char words[9 * 64 + 1] = "", id[512];

	for (int i = 0; i < 63; i++)
		strcat(words, "19a519a5_");
	strcat(words, "19a5");
	assert_int_equal(duid_decode(words, id, sizeof(id)), -ENOSPC);
}
