/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the sections of an EEPROM image, which follow each other, without changing the image. */
#include "eeprom/image.h"

#include "boot/chip.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The maximum number of sections in a valid EEPROM image. Released images have only up to 26. */
#define SECTIONS_MAX  1024
#define ALIGN(offset) (((offset) + 7) & ~(size_t)7)

/* Each section of an EEPROM image begins with one of these magic numbers. MAGIC_ERASED begins no
 * section, but means that no more sections follow. */
#define MAGIC_MASK     0xfffff00fU
#define MAGIC_BOOTCODE 0x55aaf00fU
#define MAGIC_FILE     0x55aaf11fU
#define MAGIC_PLAIN    0x55aaf22fU
#define MAGIC_OWN      0x55aaf33fU
#define MAGIC_LZ4      0x55aaf44fU
#define MAGIC_PADDING  0x55aafeefU
#define MAGIC_ERASED   0xffffffffU

/* The offsets of the two partitions of an EEPROM image with the A/B layout, and of the journal
 * after them. The first partition begins with the file bootsys, the second-stage bootloader. */
#define AB_FIRST      0x10000
#define AB_SECOND     0x107000
#define AB_JOURNAL    0x1fe000
#define AB_NAME_BYTES 8

/* The size in bytes of the signature block at the end of a second-stage bootloader for BCM2711. The
 * first number in the block is the offset of the block in the bootloader. */
#define OLD_BLOCK_BYTES 284

static int chip_find(struct eeprom_image *image, struct error *err)
{
	char sizes[256] = "";

	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		if (!chip->eeprom_bytes)
			continue;
		if (chip->eeprom_bytes == image->size) {
			image->chip = chip;
			return 0;
		}
		text_add(sizes, sizeof(sizes), "%s%u bytes (%s)", sizes[0] ? " or " : "",
			 chip->eeprom_bytes, chip->name);
	}
	return error_set(err, -EBADMSG, "it has %zu bytes, but an EEPROM image has %s", image->size,
			 sizes);
}

static enum eeprom_kind kind_of(uint32_t magic)
{
	switch (magic) {
	case MAGIC_BOOTCODE:
		return EEPROM_KIND_BOOTCODE;
	case MAGIC_FILE:
		return EEPROM_KIND_FILE;
	case MAGIC_PLAIN:
		return EEPROM_KIND_FIXED;
	case MAGIC_OWN:
		return EEPROM_KIND_FIXED_OWN;
	case MAGIC_LZ4:
		return EEPROM_KIND_FIXED_LZ4;
	case MAGIC_PADDING:
		return EEPROM_KIND_PADDING;
	}
	return EEPROM_KIND_UNKNOWN;
}

/* Returns: the name of a section for messages, or "padding" or "unknown" if the section has no
 * name. */
static const char *section_word(const struct eeprom_section *section)
{
	if (section->name[0])
		return section->name;
	return section->kind == EEPROM_KIND_PADDING ? "padding" : "unknown";
}

static unsigned int partition_of(const struct eeprom_image *image, size_t at)
{
	return !image->ab || at < AB_FIRST ? 0 : at < AB_SECOND ? 1 : 2;
}

/* Returns: the offset at which a partition of an EEPROM image ends. */
static size_t partition_end(const struct eeprom_image *image, unsigned int partition)
{
	static const size_t ends[] = {AB_FIRST, AB_SECOND, AB_JOURNAL};

	return image->ab ? ends[partition] : image->size - EEPROM_OWN_BYTES;
}

/* Checks that a section of an EEPROM image is at an allowed offset, and that its name is unique. In
 * an image with two partitions, the name must be unique only within its partition. */
static int section_check(const struct eeprom_image *image, const struct eeprom_section *section,
			 struct error *err)
{
	if ((section->kind == EEPROM_KIND_BOOTCODE) != (section->at == 0))
		return error_set(err, -EBADMSG,
				 section->at
					 ? "it has a second bootcode.bin, at offset %#zx"
					 : "its first section (offset %#zx) is not bootcode.bin",
				 section->at);
	if (image->ab && section->end > partition_end(image, section->partition))
		return error_set(
			err, -EBADMSG,
			"its section '%s' at offset %#zx crosses the end of its partition at %#zx",
			section_word(section), section->at,
			partition_end(image, section->partition));
	for (size_t i = 0; section->name[0] && i < image->section_count; i++)
		if (image->sections[i].partition == section->partition &&
		    strcmp(image->sections[i].name, section->name) == 0)
			return error_set(err, -EBADMSG,
					 "it has two sections '%s', at offsets %#zx and %#zx",
					 section->name, image->sections[i].at, section->at);
	return 0;
}

/* Returns: true if the header of a section contains a name: printable characters, with zeros in the
 * rest of the field. Sections with files have such a header. */
static bool has_name(const unsigned char *header, uint32_t length)
{
	size_t own = EEPROM_HEADER_BYTES - 8, size = 0;

	if (length < own)
		return false;
	while (size < EEPROM_NAME_SIZE - 1 && header[8 + size] > ' ' && header[8 + size] < 0x7f)
		size++;
	for (size_t i = size; i < own; i++)
		if (header[8 + i])
			return false;
	return size > 0;
}

/* Reads the header of a section of an EEPROM image at an offset.
 * Returns: 1, 0 (no section begins there), or -EBADMSG (the section is damaged). */
static int section_read(const struct eeprom_image *image, size_t at, struct eeprom_section *ret,
			struct error *err)
{
	const unsigned char *header = image->bytes + at;
	uint32_t magic = bytes_be32(header), length = bytes_be32(header + 4);
	size_t own = 0;

	if (magic == 0 || magic == MAGIC_ERASED)
		return 0;
	if ((magic & MAGIC_MASK) != MAGIC_BOOTCODE)
		return error_set(
			err, -EBADMSG,
			"it has the value %08x at offset %#zx, at which a section must begin",
			magic, at);
	*ret = (struct eeprom_section){.kind = kind_of(magic), .at = at};
	ret->partition = partition_of(image, at);
	if (ret->kind == EEPROM_KIND_UNKNOWN && has_name(header, length))
		ret->kind = EEPROM_KIND_FIXED;
	if (ret->kind == EEPROM_KIND_BOOTCODE) {
		strcpy(ret->name, EEPROM_BOOTCODE);
	} else if (ret->kind != EEPROM_KIND_PADDING && ret->kind != EEPROM_KIND_UNKNOWN) {
		own = EEPROM_HEADER_BYTES - 8;
		memcpy(ret->name, header + 8, EEPROM_NAME_SIZE - 1);
	}
	if (length > image->size - at - 8)
		return error_set(err, -EBADMSG,
				 "its section '%s' at offset %#zx has a length of %u bytes, which "
				 "reaches beyond the image",
				 section_word(ret), at, length);
	if (length < own)
		return error_set(err, -EBADMSG,
				 "its section '%s' at offset %#zx has a length of %u bytes, which "
				 "is shorter than its own header",
				 ret->name, at, length);
	if (own && !ret->name[0])
		return error_set(err, -EBADMSG, "its section at offset %#zx has no name", at);
	ret->content_at = at + 8 + own;
	ret->content_bytes = length - own;
	ret->end = ALIGN(at + 8 + length);
	return 1;
}

static int section_add(struct eeprom_image *image, const struct eeprom_section *section,
		       struct error *err)
{
	struct eeprom_section *grown;

	if (image->section_count == SECTIONS_MAX)
		return error_set(err, -EBADMSG, "it has more than %d sections", SECTIONS_MAX);
	grown = util_grow(image->sections, image->section_count, sizeof(*grown));
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	image->sections = grown;
	image->sections[image->section_count++] = *section;
	return 0;
}

static void slots_measure(struct eeprom_image *image)
{
	for (size_t i = 0; i < image->section_count; i++) {
		struct eeprom_section *section = &image->sections[i];
		size_t next = i + 1;

		while (next < image->section_count &&
		       image->sections[next].kind == EEPROM_KIND_PADDING)
			next++;
		section->slot_end = partition_end(image, section->partition);
		if (next < image->section_count && image->sections[next].at < section->slot_end)
			section->slot_end = image->sections[next].at;
		/* A section must not grow into the last page of the EEPROM image, because the
		 * bootloader on the board overwrites this page. */
		if (section->slot_end < section->content_at + section->content_bytes)
			section->slot_end = section->content_at + section->content_bytes;
	}
}

/* Rejects an EEPROM image that has the size of an image for one chip, but contains the second-stage
 * bootloader of another chip. For example, four images for BCM2711 in one file are as large as one
 * image for BCM2712. */
static int bootcode_check(const struct eeprom_image *image, struct error *err)
{
	const struct eeprom_section *bootcode = &image->sections[0];
	const unsigned char *content = eeprom_content(image, bootcode);
	size_t signed_bytes = bootcode->content_bytes - OLD_BLOCK_BYTES;

	if (image->chip->customer_block && bootcode->content_bytes > OLD_BLOCK_BYTES &&
	    bytes_le32(content + signed_bytes) == signed_bytes)
		return error_set(err, -EBADMSG,
				 "it has the size of an image for %s, but contains a bootcode.bin "
				 "for another chip",
				 image->chip->name);
	return 0;
}

/* Rejects an EEPROM image with a gap between its last section and a partition that is not empty. A
 * later change could fill the gap with padding, and the bytes of the partition would then count as
 * sections. The images of Raspberry Pi have no such gaps. */
static int partition_check(const struct eeprom_image *image, size_t end, struct error *err)
{
	size_t partition = end < AB_FIRST ? AB_FIRST : AB_SECOND;
	uint32_t magic;

	if (!image->ab || end >= AB_SECOND)
		return 0;
	magic = bytes_be32(image->bytes + partition);
	if (magic == 0 || magic == MAGIC_ERASED)
		return 0;
	return error_set(err, -EBADMSG,
			 "it has a gap between the end of its sections at offset %#zx and its next "
			 "partition at offset %#zx, which is not empty",
			 end, partition);
}

int eeprom_image_scan(struct eeprom_image *image, struct error *err)
{
	/* The bootloader writes the last pages of its EEPROM itself. These pages may contain
	 * anything, so the search for sections ends before them. */
	size_t chain_end = image->ab ? AB_JOURNAL : image->size - EEPROM_OWN_BYTES;
	struct eeprom_section section;
	size_t at = 0;
	int r = 1;

	image->section_count = 0;
	for (; at < chain_end; at = section.end) {
		r = section_read(image, at, &section, err);
		if (r <= 0)
			break;
		r = section_check(image, &section, err);
		if (r == 0)
			r = section_add(image, &section, err);
		if (r < 0)
			break;
	}
	if (r < 0)
		return r;
	if (image->section_count == 0)
		return error_set(err, -EBADMSG, "no section begins at offset 0");
	r = partition_check(image, at, err);
	if (r < 0)
		return r;
	slots_measure(image);
	return bootcode_check(image, err);
}

int eeprom_image_new(struct eeprom_image **ret, const void *bytes, size_t size, struct error *err)
{
	struct eeprom_image *image = calloc(1, sizeof(*image));
	int r;

	if (!image)
		return error_set(err, -ENOMEM, "out of memory");
	image->size = size;
	r = chip_find(image, err);
	if (r == 0) {
		image->bytes = malloc(size);
		r = image->bytes ? 0 : error_set(err, -ENOMEM, "out of memory");
	}
	if (r == 0) {
		memcpy(image->bytes, bytes, size);
		image->ab = image->chip->customer_block &&
			    memcmp(image->bytes + AB_FIRST + 8, EEPROM_BOOTSYS, AB_NAME_BYTES) == 0;
		r = eeprom_image_scan(image, err);
	}
	if (r < 0)
		image = eeprom_image_free(image);
	*ret = image;
	return r;
}

struct eeprom_image *eeprom_image_free(struct eeprom_image *image)
{
	if (!image)
		return NULL;
	free(image->sections);
	free(image->bytes);
	free(image);
	return NULL;
}

const struct eeprom_section *eeprom_image_find(const struct eeprom_image *image, const char *name,
					       const struct eeprom_section *prev)
{
	for (size_t i = prev ? (size_t)(prev - image->sections) + 1 : 0; i < image->section_count;
	     i++)
		if (image->sections[i].partition < 2 && strcmp(image->sections[i].name, name) == 0)
			return &image->sections[i];
	return NULL;
}

bool eeprom_is_unset(const struct eeprom_image *image, const struct eeprom_section *section)
{
	static const unsigned char no_time[] = {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
	const unsigned char *content = eeprom_content(image, section);

	if (strcmp(section->name, EEPROM_UPDATE_TIME) == 0 &&
	    section->content_bytes == sizeof(no_time) &&
	    memcmp(content, no_time, sizeof(no_time)) == 0)
		return true;
	for (size_t i = 0; i < section->content_bytes; i++)
		if (content[i])
			return false;
	return true;
}
