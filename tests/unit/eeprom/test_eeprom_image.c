/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of sections in simulated images: sound images, and all kinds of damage. */
#include "eeprom/image.h"

#include "boot/chip.h"
#include "util/bytes.h"
#include "tests/test.h"
#include "tests/unit/eeprom/crafted.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Makes a small image like those of today: padding after each file, and the configuration last. */
static struct crafted sound(void)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_add(&crafted, CRAFTED_LZ4, "bootmain", 100, 2);
	crafted_pad(&crafted, 0x1000);
	crafted_add(&crafted, CRAFTED_FILE, "pubkey.bin", 512, 0);
	crafted_pad(&crafted, 0x1300);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.sig", 1024, 0);
	crafted_pad(&crafted, 0x2000);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	return crafted;
}

/* Makes an image with a read-only area and two partitions. */
static struct crafted sound_ab(void)
{
	struct crafted crafted = crafted_new(CRAFTED_LARGE);

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_add(&crafted, CRAFTED_FILE, "updatetime", 8, 0);
	crafted_pad(&crafted, 0x10000);
	crafted_add(&crafted, CRAFTED_FILE, "bootsys", 5000, 2);
	crafted_add(&crafted, CRAFTED_FILE, "updatetime", 8, 0);
	crafted_pad(&crafted, 0x20000);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	crafted_pad(&crafted, 0x107000);
	crafted_pad(&crafted, 0x1fe000);
	return crafted;
}

/* Asserts that the image is refused with a message that contains the text. */
static void refuses(struct crafted *crafted, const char *text)
{
	struct eeprom_image *image = (void *)1;
	struct error err = {0};

	assert_int_equal(eeprom_image_new(&image, crafted->bytes, crafted->size, &err), -EBADMSG);
	assert_null(image);
	if (!strstr(err.text, text))
		fail_msg("'%s' does not contain '%s'", err.text, text);
	free(crafted->bytes);
}

static size_t slot(const struct eeprom_image *image, const char *name)
{
	const struct eeprom_section *section = eeprom_image_find(image, name, NULL);

	assert_non_null(section);
	return section->slot_end - section->at;
}

TEST(slots_end_at_the_next_section_that_is_not_padding)
{
	struct crafted crafted = sound();
	struct eeprom_image *image = crafted_parse(&crafted);

	assert_string_equal(image->chip->name, "BCM2711");
	assert_false(image->ab);
	assert_int_equal(image->section_count, 8);
	assert_int_equal(slot(image, "bootcode.bin"), 1008);
	assert_int_equal(slot(image, "pubkey.bin"), 0x300);
	assert_int_equal(slot(image, "bootconf.sig"), 0xd00);
	assert_int_equal(slot(image, "bootconf.txt"), CRAFTED_SMALL - 4096 - 0x2000);
	assert_null(eeprom_image_find(image, "cacert.der", NULL));
	eeprom_image_free(image);
}

TEST(slots_of_ab_images_end_with_their_partition)
{
	struct crafted crafted = sound_ab();
	struct eeprom_image *image = crafted_parse(&crafted);
	const struct eeprom_section *time = eeprom_image_find(image, "updatetime", NULL);

	assert_true(image->ab);
	assert_int_equal(slot(image, "updatetime"), 0x10000 - time->at);
	assert_int_equal(slot(image, "bootconf.txt"), 0x107000 - 0x20000);
	time = eeprom_image_find(image, "updatetime", time);
	assert_non_null(time);
	assert_int_equal(time->partition, 1);
	assert_null(eeprom_image_find(image, "updatetime", time));
	eeprom_image_free(image);
}

TEST(a_second_partition_is_never_searched)
{
	struct crafted crafted = crafted_new(CRAFTED_LARGE);
	struct eeprom_image *image;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_pad(&crafted, 0x10000);
	crafted_add(&crafted, CRAFTED_FILE, "bootsys", 5000, 2);
	crafted_pad(&crafted, 0x107000);
	crafted_add(&crafted, CRAFTED_FILE, "bootsys", 5000, 2);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	image = crafted_parse(&crafted);
	assert_non_null(eeprom_image_find(image, "bootsys", NULL));
	assert_null(eeprom_image_find(image, "bootsys", eeprom_image_find(image, "bootsys", NULL)));
	assert_null(eeprom_image_find(image, "bootconf.txt", NULL));
	eeprom_image_free(image);
}

TEST(a_name_may_fill_its_field)
{
	struct crafted crafted = sound();
	struct eeprom_image *image = crafted_parse(&crafted);
	const struct eeprom_section *section = eeprom_image_find(image, "bootconf.txt", NULL);

	assert_int_equal(section->content_bytes, 50);
	assert_int_equal(eeprom_content(image, section)[0], 'x');
	eeprom_image_free(image);
}

TEST(slots_without_a_file_are_unset)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);
	struct eeprom_image *image;
	size_t at;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_add(&crafted, CRAFTED_FILE, "pubkey.bin", 512, 0);
	at = crafted_add(&crafted, CRAFTED_FILE, "updatetime", 8, 0);
	memset(crafted.bytes + at + 24 + 4, 0xff, 4);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.sig", 4, 'a');
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 0, 0);
	image = crafted_parse(&crafted);
	assert_true(eeprom_is_unset(image, eeprom_image_find(image, "pubkey.bin", NULL)));
	assert_true(eeprom_is_unset(image, eeprom_image_find(image, "updatetime", NULL)));
	assert_false(eeprom_is_unset(image, eeprom_image_find(image, "bootconf.sig", NULL)));
	assert_true(eeprom_is_unset(image, eeprom_image_find(image, "bootconf.txt", NULL)));
	eeprom_image_free(image);
}

TEST(other_sizes_are_refused)
{
	static const size_t sizes[] = {0,
				       1,
				       8,
				       CRAFTED_SMALL - 1,
				       CRAFTED_SMALL + 1,
				       2 * CRAFTED_SMALL,
				       CRAFTED_LARGE - 1};

	for (size_t i = 0; i < array_size(sizes); i++) {
		struct crafted crafted = sound();
		struct eeprom_image *image;
		struct error err = {0};

		crafted.bytes = realloc(crafted.bytes, CRAFTED_LARGE);
		assert_int_equal(eeprom_image_new(&image, crafted.bytes, sizes[i], &err), -EBADMSG);
		assert_non_null(strstr(err.text, "524288 bytes (BCM2711) or 2097152 bytes"));
		free(crafted.bytes);
	}
}

TEST(an_image_begins_with_one_bootcode)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);

	refuses(&crafted, "no section begins at offset 0");
	crafted = crafted_new(CRAFTED_SMALL);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	refuses(&crafted, "is not bootcode.bin");
	crafted = sound();
	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 8, 1);
	refuses(&crafted, "a second bootcode.bin, at offset");
}

TEST(repeated_files_are_refused)
{
	struct crafted crafted = sound();

	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	refuses(&crafted, "it has two sections 'bootconf.txt', at offsets 0x2000 and 0x2050");
	crafted = sound();
	crafted_add(&crafted, CRAFTED_FIXED, "bootmain", 50, 'x');
	refuses(&crafted, "it has two sections 'bootmain'");
}

TEST(lengths_beyond_the_image_are_refused)
{
	static const uint32_t lengths[] = {CRAFTED_SMALL, 0x7fffffff, 0xffffffff, 0xfffffff8};

	for (size_t i = 0; i < array_size(lengths); i++) {
		struct crafted crafted = sound();

		bytes_put_be32(crafted.bytes + 0x1304, lengths[i]);
		refuses(&crafted, "section 'bootconf.sig' at offset 0x1300 has a length of");
		crafted = sound();
		bytes_put_be32(crafted.bytes + 4, lengths[i]);
		refuses(&crafted, "section 'bootcode.bin' at offset 0 has a length of");
	}
}

TEST(a_section_may_end_with_the_image)
{
	const size_t own = CRAFTED_SMALL - 4096;
	struct crafted crafted = sound();
	struct eeprom_image *image;

	crafted_pad(&crafted, own - 8);
	crafted_header(&crafted, CRAFTED_PADDING, 4096);
	image = crafted_parse(&crafted);
	assert_int_equal(slot(image, "bootconf.txt"), own - 0x2000);
	eeprom_image_free(image);
	crafted = sound();
	crafted_pad(&crafted, own - 8);
	crafted_header(&crafted, CRAFTED_PADDING, 4097);
	refuses(&crafted, "section 'padding' at offset 0x7eff8");
	/* A file in the bootloader's own page can only keep its content. */
	crafted = sound();
	crafted_pad(&crafted, own - 8);
	crafted_add(&crafted, CRAFTED_FILE, "cacert.der", 100, 1);
	image = crafted_parse(&crafted);
	assert_int_equal(slot(image, "cacert.der"), 124);
	eeprom_image_free(image);
}

TEST(the_last_page_is_no_section)
{
	struct crafted crafted = sound();
	struct eeprom_image *image;

	crafted_pad(&crafted, CRAFTED_SMALL - 4096);
	memset(crafted.bytes + CRAFTED_SMALL - 4096, 0x5a, 4096);
	image = crafted_parse(&crafted);
	assert_int_equal(image->section_count, 9);
	eeprom_image_free(image);
}

TEST(lengths_below_the_header_are_refused)
{
	struct crafted crafted = sound();

	bytes_put_be32(crafted.bytes + 0x1004, 15);
	refuses(&crafted,
		"section 'pubkey.bin' at offset 0x1000 has a length of 15 bytes, which is "
		"shorter");
	crafted = sound();
	memset(crafted.bytes + 0x1008, 0, 12);
	refuses(&crafted, "section at offset 0x1000 has no name");
}

TEST(overlapping_sections_are_refused)
{
	struct crafted crafted = sound();

	/* bootmain ends within pubkey.bin, so the chain continues in its content. */
	bytes_put_be32(crafted.bytes + 1008 + 4, 0x1100 - 1008 - 8);
	memset(crafted.bytes + 0x1100, 0x42, 8);
	refuses(&crafted, "the value 42424242 at offset 0x1100, at which a section must begin");
}

TEST(damaged_magics_are_refused)
{
	static const uint32_t magics[] = {1, 0x54aaf11f, 0x55aaf11e, 0x55abf11f, 0xfffffffe};

	for (size_t i = 0; i < array_size(magics); i++) {
		struct crafted crafted = sound();

		bytes_put_be32(crafted.bytes + 0x1000, magics[i]);
		refuses(&crafted, "at offset 0x1000, at which a section must begin");
	}
}

TEST(unknown_kinds_are_fixed_files)
{
	struct crafted crafted = sound();
	struct eeprom_image *image;

	bytes_put_be32(crafted.bytes + 1008, 0x55aaf55f);
	image = crafted_parse(&crafted);
	assert_int_equal(eeprom_image_find(image, "bootmain", NULL)->kind, EEPROM_KIND_FIXED);
	eeprom_image_free(image);
}

/* Later images may have a new kind of section, whose content begins with no name. */
TEST(unknown_kinds_need_no_name)
{
	static const struct {
		const char *content;
		uint32_t length;
	} rows[] = {
		{"", 0},
		{"abcd", 4},
		{"fifteen_letters", 15},
		{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16},
		{"bootmain\0\0\0\x01\0\0\0\0", 16},
		{"pubkey.bin\0\0\0\0\x01\0", 16},
		{"an example\0\0\0\0\0\0", 16},
		{"\xff\xfe\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct crafted crafted = crafted_new(CRAFTED_SMALL);
		const struct eeprom_section *section;
		struct eeprom_image *image;
		size_t at;

		crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
		for (size_t twice = 0; twice < 2; twice++) {
			at = crafted_header(&crafted, 0x55aaf55f, rows[i].length);
			memcpy(crafted.bytes + at + 8, rows[i].content, rows[i].length);
		}
		crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
		image = crafted_parse(&crafted);
		section = &image->sections[2];
		assert_int_equal(section->kind, EEPROM_KIND_UNKNOWN);
		assert_string_equal(section->name, "");
		assert_int_equal(section->content_at, section->at + 8);
		assert_int_equal(section->content_bytes, rows[i].length);
		assert_int_equal(section->slot_end, image->sections[3].at);
		eeprom_image_free(image);
	}
}

TEST(sections_across_partitions_are_refused)
{
	struct crafted crafted = sound_ab();

	bytes_put_be32(crafted.bytes + 0x10004, 0x107000 - 0x10000);
	refuses(&crafted, "section 'bootsys' at offset 0x10000 crosses the end of its partition at "
			  "0x107000");
	crafted = sound_ab();
	bytes_put_be32(crafted.bytes + 4, 0x10000);
	refuses(&crafted, "section 'bootcode.bin' at offset 0 crosses");
	crafted = sound_ab();
	bytes_put_be32(crafted.bytes + 0x107000, 0x55aafeef);
	bytes_put_be32(crafted.bytes + 0x107004, 0x1ff000 - 0x107000);
	refuses(&crafted, "section 'padding' at offset 0x107000 crosses the end");
}

TEST(sections_that_end_before_a_partition_are_refused)
{
	struct crafted crafted = sound_ab();
	struct eeprom_image *image;

	memset(crafted.bytes + 0x410, 0xff, 0x10000 - 0x410);
	refuses(&crafted,
		"the end of its sections at offset 0x410 and its next partition at offset 0x10000");
	crafted = sound_ab();
	memset(crafted.bytes + 0x20050, 0xff, 0x107000 - 0x20050);
	refuses(&crafted, "the end of its sections at offset 0x20050 and its next partition at "
			  "offset 0x107000");
	crafted = sound_ab();
	memset(crafted.bytes + 0x20050, 0xff, 0x107008 - 0x20050);
	image = crafted_parse(&crafted); /* no section has to reach an empty partition */
	eeprom_image_free(image);
}

TEST(the_journal_is_no_section)
{
	struct crafted crafted = sound_ab();

	memset(crafted.bytes + 0x1fe000, 0x33, 64);
	eeprom_image_free(crafted_parse(&crafted));
}

TEST(concatenated_images_are_refused)
{
	struct crafted large = crafted_new(CRAFTED_LARGE);

	for (size_t i = 0; i < 4; i++) {
		struct crafted small = sound();

		/* Raspberry Pi's signature of this chip begins with the size of the code. */
		bytes_put_le32(small.bytes + 8 + 1000 - 284, 1000 - 284);
		memcpy(large.bytes + i * CRAFTED_SMALL, small.bytes, CRAFTED_SMALL);
		free(small.bytes);
	}
	refuses(&large, "a bootcode.bin for another chip");
}

TEST(too_many_sections_are_refused)
{
	struct crafted crafted = sound();

	for (size_t i = 0; i < 1024; i++)
		crafted_header(&crafted, CRAFTED_PADDING, 0);
	refuses(&crafted, "more than 1024 sections");
}
