/* SPDX-License-Identifier: Apache-2.0 */
/* Describes an image of the bootloader EEPROM of BCM2711 and BCM2712 (docs/protocol.md, section 9).
 * The image is a chain of sections, each with a file or with padding. An image may come from an
 * attacker. */
#ifndef EEPROM_IMAGE_H
#define EEPROM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct chip;
struct error;

#define EEPROM_NAME_SIZE 13 /* 12 letters and a NUL */
/* The maximum size of an EEPROM image in bytes. */
#define EEPROM_BYTES_MAX (2048 * 1024)
/* The size in bytes of the last page of an EEPROM. The bootloader on the board changes this page by
 * itself, so the sections of an EEPROM image must end before it. */
#define EEPROM_OWN_BYTES 4096
/* The size of the header that precedes the content of a file in an EEPROM image, in bytes. Only the
 * header of the second-stage bootloader is shorter, 8 bytes. */
#define EEPROM_HEADER_BYTES 24

/* Board firmware that was built at this time (in seconds since 1970) or later has secure boot. */
#define EEPROM_SECURE_BOOT_SINCE 1632136573

/* The name that this program gives to the second-stage bootloader in an EEPROM image. The image
 * itself contains no such name. */
#define EEPROM_BOOTCODE	   "bootcode.bin"
#define EEPROM_BOOTSYS	   "bootsys"
#define EEPROM_CONFIG	   "bootconf.txt"
#define EEPROM_SIGNATURE   "bootconf.sig"
#define EEPROM_PUBKEY	   "pubkey.bin"
#define EEPROM_UPDATE_TIME "updatetime"

enum eeprom_kind {
	EEPROM_KIND_BOOTCODE,
	EEPROM_KIND_FILE,  /* eeprom_change() can replace this file */
	EEPROM_KIND_FIXED, /* eeprom_change() cannot replace this file */
	/* This section of an EEPROM image contains a file that is compressed in Broadcom's format.
	 * eeprom_change() cannot replace the file. */
	EEPROM_KIND_FIXED_OWN,
	/* This section of an EEPROM image contains a file that is compressed as an LZ4 frame.
	 * eeprom_change() cannot replace the file. */
	EEPROM_KIND_FIXED_LZ4,
	EEPROM_KIND_PADDING,
	/* A section without a name, whose magic number this program does not know. All bytes after
	 * the magic number and the length are its content. */
	EEPROM_KIND_UNKNOWN,
};

/* One section of an EEPROM image, such as a file. All offsets are in bytes from the beginning of
 * the image. */
struct eeprom_section {
	enum eeprom_kind kind;
	/* The name in the header of the section. It is untrusted text, and empty for padding and
	 * for sections of unknown kinds. */
	char name[EEPROM_NAME_SIZE];
	size_t at; /* the offset of the header */
	size_t content_at, content_bytes;
	/* The offset at which the next section of the EEPROM image may begin, a multiple of 8. */
	size_t end;
	/* The offset at which the padding after this section ends. If the content of the section is
	 * replaced, the new content may use the padding, too. */
	size_t slot_end;
	/* The number of the partition that contains this section of the EEPROM image, 1 or 2. It is
	 * 0 outside of the partitions. */
	unsigned int partition;
};

struct eeprom_image {
	const struct chip *chip;
	unsigned char *bytes;
	size_t size;
	/* True if the EEPROM image has the A/B layout, which consists of a read-only area and two
	 * partitions. */
	bool ab;
	struct eeprom_section *sections;
	size_t section_count;
};

/* Copies the bytes of an EEPROM image and finds the sections in the copy.
 * Returns: 0, -EBADMSG (not an image, or a damaged one), or -ENOMEM.
 * Ownership: the caller frees *ret with eeprom_image_free(), which accepts NULL and returns
 * NULL. */
int eeprom_image_new(struct eeprom_image **ret, const void *bytes, size_t size, struct error *err);
struct eeprom_image *eeprom_image_free(struct eeprom_image *image);

/* Updates the list of the sections of an EEPROM image after bytes of the image were changed.
 * Returns: 0, -EBADMSG (the image is damaged), or -ENOMEM. */
int eeprom_image_scan(struct eeprom_image *image, struct error *err);

/* Finds a section of an EEPROM image by its name. The search begins after the section prev, or at
 * the first section if prev is NULL. The function never searches the second partition of an A/B
 * image, because the first one has the same files.
 * Returns: the section, or NULL (no further section has this name). */
const struct eeprom_section *eeprom_image_find(const struct eeprom_image *image, const char *name,
					       const struct eeprom_section *prev);

static inline const unsigned char *eeprom_content(const struct eeprom_image *image,
						  const struct eeprom_section *section)
{
	return image->bytes + section->content_at;
}

/* Returns: true if a section of an EEPROM image has no value. Such a section contains only
 * zeros. The section `updatetime` may instead contain 4 bytes 0x00 and 4 bytes 0xff, which means
 * that no update time is set. */
bool eeprom_is_unset(const struct eeprom_image *image, const struct eeprom_section *section);

/* Returns: true if the file in this section of an EEPROM image can be replaced. */
static inline bool eeprom_is_replaceable(const struct eeprom_section *section)
{
	return section->kind == EEPROM_KIND_BOOTCODE || section->kind == EEPROM_KIND_FILE;
}

#endif
