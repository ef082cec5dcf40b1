/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/revision.h"
#include "util/util.h"
#include "tests/test.h"

#include <errno.h>

static const struct {
	const char *code;
	struct revision expected;
} rows[] = {
	{"c03141",
	 {"CM4", 4096, "Sony UK", "BCM2711", 1, false, false}}, /* docs/protocol.md, section 4 */
	{"C03141", {"CM4", 4096, "Sony UK", "BCM2711", 1, false, false}},
	{"00c03141", {"CM4", 4096, "Sony UK", "BCM2711", 1, false, false}},
	{"b03115", {"Pi 4B", 2048, "Sony UK", "BCM2711", 5, false, true}},
	{"c03114", {"Pi 4B", 4096, "Sony UK", "BCM2711", 4, false, true}},
	{"c03113", {"Pi 4B", 4096, "Sony UK", "BCM2711", 3, true, true}},
	{"a03111", {"Pi 4B", 1024, "Sony UK", "BCM2711", 1, true, true}},
	{"c03130", {"Pi 400", 4096, "Sony UK", "BCM2711", 0, false, true}},
	{"a03150", {"CM4S", 1024, "Sony UK", "BCM2711", 0, false, false}},
	{"d04170", {"Pi 5", 8192, "Sony UK", "BCM2712", 0, false, false}},
	{"c04180", {"CM5", 4096, "Sony UK", "BCM2712", 0, false, false}},
	{"e04190", {"Pi 500", 16384, "Sony UK", "BCM2712", 0, false, false}},
	{"b041a0", {"CM5 Lite", 2048, "Sony UK", "BCM2712", 0, false, false}},
	{"902120", {"Zero 2 W", 512, "Sony UK", "BCM2837", 0, false, false}},
	{"9021b0", {"CM0", 512, "Sony UK", "BCM2837", 0, false, false}},
	{"900061", {"CM1", 512, "Sony UK", "BCM2835", 1, false, false}},
	{"a220a0", {"CM3", 1024, "Embest", "BCM2837", 0, false, false}},
	{"a02100", {"CM3+", 1024, "Sony UK", "BCM2837", 0, false, false}},
	{"813140", {"CM4", 256, "Egoman", "BCM2711", 0, false, false}},
	{"833140", {"CM4", 256, "Sony Japan", "BCM2711", 0, false, false}},
	{"84114f", {"CM4", 256, "Embest", "unknown", 15, false, false}},
	{"853140", {"CM4", 256, "Stadium", "BCM2711", 0, false, false}},
	/* The flags in the bits 24 to 31 change nothing. */
	{"ff803140", {"CM4", 256, "Sony UK", "BCM2711", 0, false, false}},
	/* Values that the table does not have yet. */
	{"f031f2", {"unknown model 0x1f", 0, "Sony UK", "BCM2711", 2, false, false}},
	{"ffffffff", {"unknown model 0xff", 0, "unknown", "unknown", 15, false, false}},
	{"865000", {"unknown model 0x00", 256, "unknown", "unknown", 0, false, false}},
};

TEST(each_code_is_decoded)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		const struct revision *expected = &rows[i].expected;
		struct revision ret = {0};

		if (revision_decode(rows[i].code, &ret) != 0)
			fail_msg("'%s' was refused", rows[i].code);
		assert_string_equal(ret.model, expected->model);
		assert_int_equal(ret.memory_mib, expected->memory_mib);
		assert_string_equal(ret.maker, expected->maker);
		assert_string_equal(ret.processor, expected->processor);
		assert_int_equal(ret.revision, expected->revision);
		assert_int_equal(ret.no_secure_boot, expected->no_secure_boot);
		assert_int_equal(ret.no_boot_switch, expected->no_boot_switch);
	}
}

TEST(a_text_that_is_no_code_is_refused)
{
	static const char *const texts[] = {
		NULL,	    "",		 "0",	     "0000000f", "403141",
		"0c03141 ", " c03141",	 "0xc03141", "+c03141",	 "-c03141",
		"c0314g",   "000c03141", "c03141\n", "\xff",	 "ffffffffffffffffffffffffff",
	};

	for (size_t i = 0; i < array_size(texts); i++) {
		struct revision ret = {.model = "unchanged"};

		if (revision_decode(texts[i], &ret) != -EINVAL)
			fail_msg("'%s' was accepted", texts[i] ? texts[i] : "NULL");
		assert_string_equal(ret.model, "unchanged");
	}
}
