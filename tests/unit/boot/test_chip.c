/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of docs/protocol.md, section 1, typed again independently of the table under test. */
#include "boot/chip.h"
#include "util/util.h"
#include "tests/test.h"

#include <string.h>

static const struct {
	uint16_t product, second_stage_product;
	const char *name, *board, *dir, *bootcode;
	bool full_speed, serial, signature, metadata;
} facts[] = {
	{0x2763, 0x2764, "BCM2835", "CM1", "2710", "bootcode.bin", true, false, true, false},
	{0x2764, 0x2764, "BCM2837", "CM3+", "2710", "bootcode.bin", false, false, true, false},
	{0x2711, 0x2711, "BCM2711", "CM4", "2711", "bootcode4.bin", false, true, false, true},
	{0x2712, 0x2712, "BCM2712", "CM5", "2712", "bootcode5.bin", false, true, false, true},
};

TEST(each_chip_has_its_facts)
{
	assert_int_equal(CHIP_VENDOR, 0x0a5c);
	for (size_t i = 0; i < array_size(facts); i++) {
		const struct chip *chip = chip_by_id(0x0a5c, facts[i].product);

		assert_non_null(chip);
		assert_int_equal(chip->product, facts[i].product);
		assert_int_equal(chip->second_stage_product, facts[i].second_stage_product);
		assert_string_equal(chip->name, facts[i].name);
		assert_non_null(strstr(chip->boards, facts[i].board));
		assert_string_equal(chip->dir, facts[i].dir);
		assert_string_equal(chip->bootcode, facts[i].bootcode);
		assert_int_equal(chip->rom_full_speed, facts[i].full_speed);
		assert_int_equal(chip->rom_has_serial, facts[i].serial);
		assert_int_equal(chip->rom_signature, facts[i].signature);
		assert_int_equal(chip->metadata, facts[i].metadata);
	}
}

/* No other USB id is a board in USB boot mode, not even the ids of booted boards. */
TEST(no_other_id_is_a_chip)
{
	for (uint32_t product = 0; product <= 0xffff; product++) {
		bool known = false;

		for (size_t i = 0; i < array_size(facts); i++)
			known |= facts[i].product == product;
		assert_int_equal(chip_by_id(0x0a5c, (uint16_t)product) != NULL, known);
	}
	for (uint32_t vendor = 0; vendor <= 0xffff; vendor++)
		for (size_t i = 0; vendor != 0x0a5c && i < array_size(facts); i++)
			assert_null(chip_by_id((uint16_t)vendor, facts[i].product));
}

TEST(chips_are_listed_in_order)
{
	const struct chip *chip = NULL;

	for (size_t i = 0; i < array_size(facts); i++) {
		chip = chip_next(chip);
		assert_ptr_equal(chip, chip_by_id(0x0a5c, facts[i].product));
	}
	assert_null(chip_next(chip));
}
