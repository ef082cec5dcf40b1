/* SPDX-License-Identifier: Apache-2.0 */
/* An image of the bootloader EEPROM of BCM2711 and BCM2712: a chain of sections, and the slots that
 * they may fill (docs/protocol.md, section 9). The bytes of an image are hostile. */
#ifndef EEPROM_IMAGE_H
#define EEPROM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chip;
struct error;

#define EEPROM_NAME_SIZE 13 /* 12 letters and a NUL */
/* The largest legal image. */
#define EEPROM_BYTES_MAX (2048 * 1024)
/* The bootloader owns the last page of an image, which may change by itself. */
#define EEPROM_OWN_BYTES 4096
/* The header of a section with a name. The second stage has a header of 8 bytes. */
#define EEPROM_HEADER_BYTES 24

/* The name under which the second stage is shown and replaced. It has no name in the image. */
#define EEPROM_BOOTCODE	   "bootcode.bin"
#define EEPROM_BOOTSYS	   "bootsys"
#define EEPROM_CONFIG	   "bootconf.txt"
#define EEPROM_SIGNATURE   "bootconf.sig"
#define EEPROM_PUBKEY	   "pubkey.bin"
#define EEPROM_UPDATE_TIME "updatetime"

enum eeprom_kind {
	EEPROM_KIND_BOOTCODE,
	EEPROM_KIND_FILE,      /* a file that can be replaced */
	EEPROM_KIND_FIXED,     /* a file that cannot be replaced */
	EEPROM_KIND_FIXED_OWN, /* the same, compressed by Broadcom's method */
	EEPROM_KIND_FIXED_LZ4, /* the same, compressed as an LZ4 frame */
	EEPROM_KIND_PADDING,
};

/* All offsets count from the beginning of the image. */
struct eeprom_section {
	enum eeprom_kind kind;
	char name[EEPROM_NAME_SIZE]; /* untrusted; empty for padding */
	size_t at;		     /* the header */
	size_t content_at, content_bytes;
	size_t end; /* the next section may begin here: a multiple of 8 */
	/* The content may grow up to here: to the next section that is not padding, to the end of
	 * the partition, or to the bootloader's own page. */
	size_t slot_end;
	unsigned int partition; /* 0, and in A/B images 0 (read-only area), 1 or 2 */
};

struct eeprom_image {
	const struct chip *chip;
	unsigned char *bytes;
	size_t size;
	/* The image has the A/B layout: a read-only area and two partitions. */
	bool ab;
	struct eeprom_section *sections;
	size_t section_count;
};

/* Parses a copy of the bytes.
 * Returns: 0, -EBADMSG (not an image, or a damaged one), or -ENOMEM.
 * Ownership: the caller frees *ret with eeprom_image_free(), which accepts NULL and returns NULL.
 */
int eeprom_image_new(struct eeprom_image **ret, const void *bytes, size_t size, struct error *err);
struct eeprom_image *eeprom_image_free(struct eeprom_image *image);

/* Parses the bytes again after a change. Returns: like eeprom_image_new(). */
int eeprom_image_scan(struct eeprom_image *image, struct error *err);

/* Returns: the first section with this name after prev, or NULL. The files of an A/B image are
 * those of the first partition; the second partition is never searched. prev: NULL to begin. */
const struct eeprom_section *eeprom_image_find(const struct eeprom_image *image, const char *name,
					       const struct eeprom_section *prev);

static inline const unsigned char *eeprom_content(const struct eeprom_image *image,
						  const struct eeprom_section *section)
{
	return image->bytes + section->content_at;
}

/* True if a slot holds no file: the content has only zeros, or is an update time that is not set.
 */
bool eeprom_is_unset(const struct eeprom_image *image, const struct eeprom_section *section);

/* True if the file can be replaced. */
static inline bool eeprom_is_replaceable(const struct eeprom_section *section)
{
	return section->kind == EEPROM_KIND_BOOTCODE || section->kind == EEPROM_KIND_FILE;
}

#endif
