/* SPDX-License-Identifier: Apache-2.0 */
/* EEPROM images that tests make themselves, section by section. */
#ifndef TESTS_CRAFTED_H
#define TESTS_CRAFTED_H

#include <stddef.h>
#include <stdint.h>

#define CRAFTED_SMALL (512 * 1024)
#define CRAFTED_LARGE (2048 * 1024)

#define CRAFTED_BOOTCODE 0x55aaf00fU
#define CRAFTED_FILE	 0x55aaf11fU
#define CRAFTED_FIXED	 0x55aaf22fU
#define CRAFTED_OWN	 0x55aaf33fU
#define CRAFTED_LZ4	 0x55aaf44fU
#define CRAFTED_PADDING	 0x55aafeefU

struct eeprom_image;

struct crafted {
	unsigned char *bytes;
	size_t size;
	size_t at; /* the next header */
};

/* Creates an erased image. Ownership: the caller frees the bytes. */
struct crafted crafted_new(size_t size);

/* Adds a header with this length, whatever follows it. Returns: its offset. */
size_t crafted_header(struct crafted *crafted, uint32_t magic, uint32_t length);

/* Adds a section with `bytes` bytes of content, each of them `fill`. name: "" for none.
 * Returns: its offset. */
size_t crafted_add(struct crafted *crafted, uint32_t magic, const char *name, size_t bytes,
		   int fill);

/* Adds padding up to an offset. */
void crafted_pad(struct crafted *crafted, size_t to);

/* Parses the image, which must be sound, and frees the bytes.
 * Ownership: the caller frees the result with eeprom_image_free(). */
struct eeprom_image *crafted_parse(struct crafted *crafted);

#endif
