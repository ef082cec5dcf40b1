/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/board/record_bench.h"

#include "tests/test.h"
#include "util/error.h"

#include <string.h>

const struct record whole = {
	.port = "1-1.2",
	.chip = "BCM2712",
	.start_s = 1795764600,
	.end_s = 1795764672,
	.seconds = 72.25,
	.ok = true,
	.text = "done: \x1b[2J\xff",
	.proof = "proved",
	.eeprom = {"fw/pieeprom.bin", SHA_A, 1778630400, "deadbeef", SHA_A},
	.key_hash = KEY,
	.locked_now = true,
	.disk = {"/dev/sda", "a.img.xz", 209715200, SHA_B, true},
};

struct metadata *metadata_of(const char *const pairs[])
{
	struct metadata *metadata;
	bool news;

	assert_int_equal(metadata_new(&metadata, NULL), 0);
	for (; pairs[0]; pairs += 2)
		assert_int_equal(metadata_add(metadata, pairs[0], pairs[1], &news, NULL), 0);
	return metadata;
}

struct record_facts facts_of(const char *text)
{
	struct record_facts facts;
	struct error err = {0};

	assert_non_null(text);
	if (record_parse(&facts, text, strlen(text), &err) < 0)
		fail_msg("%s\n%s", err.text, text);
	return facts;
}
