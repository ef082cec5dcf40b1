/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces files in an EEPROM image. If the image is undamaged, the result equals, byte for byte,
 * the result of Raspberry Pi's tools (docs/protocol.md, section 9). */
#ifndef EEPROM_CHANGE_H
#define EEPROM_CHANGE_H

#include <stddef.h>
#include <stdint.h>

struct eeprom_image;
struct eeprom_section;
struct error;

/* The maximum size in bytes of a file that fits, together with its header, into one erase sector of
 * the EEPROM. */
#define EEPROM_SECTOR_CONTENT 4072
/* The maximum size in bytes that Raspberry Pi's tools accept for a file in an EEPROM image. */
#define EEPROM_CONTENT_MAX 4076

/* Returns: the largest number of bytes that a new file may have in this section of an EEPROM
 * image. */
size_t eeprom_room(const struct eeprom_section *section);

/* Replaces the content of the file `name` in an EEPROM image. An A/B image has two update times,
 * and both are replaced.
 * Returns: 0, -ENOENT (the image has no such file), -EPERM (the file cannot be replaced), or -EFBIG
 * (the slot is too small; *err states by how many bytes). After an error, the image is unchanged.
 */
int eeprom_change(struct eeprom_image *image, const char *name, const void *content, size_t bytes,
		  struct error *err);

/* Sets the update time of the image, at the same place as Raspberry Pi's tools do. If the read-only
 * area of an A/B image has an update time section, the time goes to each such section. Otherwise it
 * goes to the last 8 bytes of the image.
 * Returns: 0, or -EBADMSG (an update time section has another size than 8 bytes). */
int eeprom_change_update_time(struct eeprom_image *image, uint32_t seconds, struct error *err);

/* Compares an EEPROM image with a changed copy. All sections must have the same offsets in both,
 * and only the named files may have different content.
 * changed: a list of file names that ends with NULL.
 * Returns: 0, or -EIO (the copy is damaged, which is a bug of this program or of the machine). */
int eeprom_change_check(const struct eeprom_image *before, const struct eeprom_image *after,
			const char *const *changed, struct error *err);

#endif
