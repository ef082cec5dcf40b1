/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing files in simulated images: the limits of padding, and the last byte that fits in each
 * layout. */
#include "eeprom/change.h"
#include "eeprom/image.h"

#include "util/bytes.h"
#include "tests/test.h"
#include "tests/unit/eeprom/crafted.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OWN_PAGE (CRAFTED_SMALL - 4096)

/* Makes an image with a bootcode, a certificate in a slot of 256 bytes, a signature, and the
 * configuration at an offset. */
static struct eeprom_image *image_with_config_at(size_t offset)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_add(&crafted, CRAFTED_FILE, "cacert.der", 100, 2);
	crafted_pad(&crafted, 1008 + 256);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.sig", 80, 3);
	crafted_pad(&crafted, offset);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	/* The page of the bootloader itself, which no change touches. */
	memset(crafted.bytes + OWN_PAGE, 0x5a, 4096);
	return crafted_parse(&crafted);
}

static int put(struct eeprom_image *image, const char *name, size_t size, struct error *err)
{
	cleanup_free unsigned char *content = malloc(size + 1);

	memset(content, 'c', size);
	return eeprom_change(image, name, content, size, err);
}

static void puts_ok(struct eeprom_image *image, const char *name, size_t size)
{
	struct error err = {0};

	if (put(image, name, size, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(eeprom_image_find(image, name, NULL)->content_bytes, size);
}

/* Asserts that the change is refused with this text, and that no byte of the image changes. */
static void puts_fails(struct eeprom_image *image, const char *name, size_t size, int code,
		       const char *text)
{
	cleanup_free unsigned char *before = malloc(image->size);
	struct error err = {0};

	memcpy(before, image->bytes, image->size);
	assert_int_equal(put(image, name, size, &err), code);
	if (!strstr(err.text, text))
		fail_msg("'%s' does not contain '%s'", err.text, text);
	assert_memory_equal(before, image->bytes, image->size);
}

static void all_ff(const struct eeprom_image *image, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (image->bytes[i] != 0xff)
			fail_msg("byte %#zx is %02x", i, image->bytes[i]);
}

TEST(padding_fills_the_slot)
{
	struct eeprom_image *image = image_with_config_at(0x1000);
	/* size of the content, and length of the padding; -1: no padding */
	static const struct {
		size_t size;
		int padding;
	} rows[] = {
		{0, 224}, {1, 216},  {8, 216},	{9, 208},  {216, 8},   {217, 0},
		{224, 0}, {225, -1}, {231, -1}, {232, -1}, {100, 120},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		size_t end = 1008 + 24 + rows[i].size, aligned = (end + 7) & ~(size_t)7;

		puts_ok(image, "cacert.der", rows[i].size);
		all_ff(image, end, aligned);
		if (rows[i].padding >= 0) {
			assert_int_equal(bytes_be32(image->bytes + aligned), CRAFTED_PADDING);
			assert_int_equal(bytes_be32(image->bytes + aligned + 4), rows[i].padding);
			all_ff(image, aligned + 8, 1008 + 256);
		} else {
			all_ff(image, aligned, 1008 + 256);
		}
		assert_int_equal(bytes_be32(image->bytes + 1008 + 256), CRAFTED_FILE);
	}
	puts_fails(image, "cacert.der", 233, -EFBIG,
		   "its slot holds 232, so it is 1 byte too long");
	puts_fails(image, "cacert.der", 1232, -EFBIG, "so it is 1000 bytes too long");
	eeprom_image_free(image);
}

TEST(the_last_file_has_no_padding_section)
{
	struct eeprom_image *image = image_with_config_at(0x1000);

	puts_ok(image, "bootconf.txt", 3000);
	puts_ok(image, "bootconf.txt", 7);
	all_ff(image, 0x1000 + 24 + 7, OWN_PAGE);
	assert_int_equal(image->bytes[OWN_PAGE], 0x5a);
	assert_int_equal(image->bytes[CRAFTED_SMALL - 1], 0x5a);
	eeprom_image_free(image);
}

TEST(a_configuration_fits_up_to_its_slot)
{
	/* The offset of the configuration and its largest size: alone in its sector, in the last
	 * sector, and in the smallest released slot. */
	static const struct {
		size_t offset, largest;
	} rows[] = {
		{0x1000, 4076},		 {OWN_PAGE - 4096, 4072}, {OWN_PAGE - 1536, 1512},
		{OWN_PAGE - 1280, 1256}, {0x1200, 4076},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct eeprom_image *image = image_with_config_at(rows[i].offset);

		assert_int_equal(eeprom_room(eeprom_image_find(image, "bootconf.txt", NULL)),
				 rows[i].largest);
		puts_fails(image, "bootconf.txt", rows[i].largest + 1, -EFBIG,
			   "so it is 1 byte too long");
		puts_ok(image, "bootconf.txt", rows[i].largest);
		assert_int_equal(image->bytes[OWN_PAGE], 0x5a);
		eeprom_image_free(image);
	}
}

TEST(second_stages_may_be_larger_than_other_files)
{
	struct crafted crafted = crafted_new(CRAFTED_LARGE);
	struct eeprom_image *image;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_pad(&crafted, 0x10000);
	crafted_add(&crafted, CRAFTED_FILE, "bootsys", 5000, 2);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	crafted_pad(&crafted, 0x107000);
	crafted_pad(&crafted, 0x1fe000);
	image = crafted_parse(&crafted);
	puts_ok(image, "bootcode.bin", 0x10000 - 8);
	puts_fails(image, "bootcode.bin", 0x10000 - 7, -EFBIG, "1 byte too long");
	puts_ok(image, "bootcode.bin", 1000);
	assert_int_equal(bytes_be32(image->bytes + 1008 + 4), 0x10000 - 1008 - 8);
	puts_ok(image, "bootsys", 4990);
	puts_fails(image, "bootsys", 5001, -EFBIG, "1 byte too long");
	/* The padding up to the end of the partition is one section, and the next one stays. */
	puts_ok(image, "bootconf.txt", 4000);
	assert_int_equal(image->sections[image->section_count - 1].at, 0x107000);
	assert_int_equal(image->sections[image->section_count - 2].end, 0x107000);
	eeprom_image_free(image);
}

TEST(a_bootcode_is_never_the_last_section)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);
	struct eeprom_image *image;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	image = crafted_parse(&crafted);
	puts_ok(image, "bootcode.bin", 2000);
	assert_int_equal(bytes_be32(image->bytes + 2008), CRAFTED_PADDING);
	assert_int_equal(bytes_be32(image->bytes + 2012), OWN_PAGE - 2008 - 8);
	eeprom_image_free(image);
}

TEST(the_same_content_changes_nothing)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);
	cleanup_free unsigned char *before = malloc(CRAFTED_SMALL);
	unsigned char content[1000];
	struct eeprom_image *image;
	struct error err = {0};

	/* Released images have padding that ends 4 bytes before the next section. */
	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_header(&crafted, CRAFTED_PADDING, 524);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 50, 'x');
	image = crafted_parse(&crafted);
	memcpy(before, image->bytes, image->size);
	memset(content, 1, sizeof(content));
	assert_int_equal(eeprom_change(image, "bootcode.bin", content, sizeof(content), &err), 0);
	assert_memory_equal(before, image->bytes, image->size);
	eeprom_image_free(image);
}

TEST(other_files_cannot_be_replaced)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);
	struct eeprom_image *image;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_add(&crafted, CRAFTED_LZ4, "bootmain", 100, 2);
	image = crafted_parse(&crafted);
	puts_fails(image, "bootmain", 5, -EPERM, "fixed part of the firmware");
	puts_fails(image, "bootconf.txt", 5, -ENOENT, "no file 'bootconf.txt'");
	eeprom_image_free(image);
}

TEST(update_times_are_where_boards_look_for_them)
{
	static const unsigned char set[] = {0xff, 0x0e, 0xac, 0x9a, 0x00, 0xf1, 0x53, 0x65};
	struct crafted crafted = crafted_new(CRAFTED_LARGE);
	struct eeprom_image *image;
	size_t first, second;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	first = crafted_add(&crafted, CRAFTED_FILE, "updatetime", 8, 0);
	crafted_pad(&crafted, 0x10000);
	crafted_add(&crafted, CRAFTED_FILE, "bootsys", 5000, 2);
	second = crafted_add(&crafted, CRAFTED_FILE, "updatetime", 8, 0);
	image = crafted_parse(&crafted);
	assert_int_equal(eeprom_change_update_time(image, 1700000000, NULL), 0);
	assert_memory_equal(image->bytes + first + 24, set, 8);
	assert_memory_equal(image->bytes + second + 24, set, 8);
	all_ff(image, CRAFTED_LARGE - 8, CRAFTED_LARGE);
	puts_fails(image, "updatetime", 7, -EFBIG, "8 bytes, but the new content has 7");
	eeprom_image_free(image);

	/* A section beyond 64 KiB is not used. */
	crafted = crafted_new(CRAFTED_SMALL);
	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_pad(&crafted, 0x10000);
	first = crafted_add(&crafted, CRAFTED_FILE, "updatetime", 8, 0);
	image = crafted_parse(&crafted);
	assert_int_equal(eeprom_change_update_time(image, 1700000000, NULL), 0);
	assert_memory_equal(image->bytes + CRAFTED_SMALL - 8, set, 8);
	assert_int_equal(image->bytes[first + 24], 0);
	eeprom_image_free(image);
}

TEST(a_damaged_change_is_detected)
{
	static const char *const changed[] = {"bootconf.txt", NULL};
	struct eeprom_image *before = image_with_config_at(0x1000);
	struct eeprom_image *after = image_with_config_at(0x1000);
	struct error err = {0};

	puts_ok(after, "bootconf.txt", 300);
	assert_int_equal(eeprom_change_check(before, after, changed, &err), 0);
	after->bytes[500] ^= 1; /* in the bootcode */
	assert_int_equal(eeprom_change_check(before, after, changed, &err), -EIO);
	after->bytes[500] ^= 1;
	puts_ok(after, "cacert.der", 8);
	assert_int_equal(eeprom_change_check(before, after, changed, &err), -EIO);
	eeprom_image_free(before);
	eeprom_image_free(after);
}
