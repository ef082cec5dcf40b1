/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces files in an EEPROM image, byte for byte like the vendor's tools do for sound input
 * (docs/protocol.md, section 9). */
#ifndef EEPROM_CHANGE_H
#define EEPROM_CHANGE_H

#include <stddef.h>
#include <stdint.h>

struct eeprom_image;
struct eeprom_section;
struct error;

/* The largest content of a file that stays in one erase sector with its header. */
#define EEPROM_SECTOR_CONTENT 4072
/* The largest content of a file that the vendor's tools accept. */
#define EEPROM_CONTENT_MAX 4076

/* Returns: the largest content that eeprom_change() accepts for a section. */
size_t eeprom_room(const struct eeprom_section *section);

/* Replaces the content of the file `name`. An A/B image has two update times; both are replaced.
 * Returns: 0, -ENOENT (the image has no such file), -EPERM (the file cannot be replaced), or -EFBIG
 * (the slot is too small; the sentence states the excess). After an error, the image is unchanged.
 */
int eeprom_change(struct eeprom_image *image, const char *name, const void *content, size_t bytes,
		  struct error *err);

/* Sets the update time. The vendor's tools write it to each update time section if the read-only
 * area of an A/B image has one, and else to the last 8 bytes of the image.
 * Returns: 0, or -EBADMSG (an update time section has not 8 bytes). */
int eeprom_change_update_time(struct eeprom_image *image, uint32_t seconds, struct error *err);

/* Compares an image with a changed copy. All sections must be where they were, and only the named
 * files may have another content. changed: names that end with NULL.
 * Returns: 0, or -EIO (the copy is damaged, which is a bug of this program or of the machine). */
int eeprom_change_check(const struct eeprom_image *before, const struct eeprom_image *after,
			const char *const *changed, struct error *err);

#endif
