/* SPDX-License-Identifier: Apache-2.0 */
/* The chip generations, one row each (PROTOCOL.md section 1). A new generation is one more row and
 * nothing else. */
#ifndef CHIP_H
#define CHIP_H

#include <stdbool.h>
#include <stdint.h>

#define CHIP_VENDOR 0x0a5c /* Broadcom */

struct chip {
	uint16_t product;	       /* USB product id of the boot ROM */
	uint16_t second_stage_product; /* ... and of its second stage, which may be another chip's
					  (2835 becomes 2764) */
	const char *name;
	const char *boards;    /* for people */
	const char *dir;       /* directory prefix of the chip's files */
	const char *bootcode;  /* the file that the boot ROM wants */
	const char *models;    /* filters of config.txt that may apply: words */
	uint32_t eeprom_bytes; /* of a bootloader EEPROM image; 0: it has none */
	bool rom_full_speed; /* its boot ROM knows no high speed; for all others full speed means a
				bad link */
	bool rom_has_serial; /* the boot ROM tells a serial number, so that it can be chosen by it
			      */
	bool rom_signature;  /* takes a 20-byte signature before the bootcode (signed boot, -s) */
	bool metadata; /* its second stage sends *PROPERTY*VALUE reports; for others '*' is a letter
			*/
};

/* The chip whose boot ROM has this id, or NULL. 0a5c:2764 in the second stage may also be a 2835:
 * then the port tells. */
const struct chip *chip_by_id(uint16_t vendor, uint16_t product);

/* What a payload makes of a board (PROTOCOL.md section 6); CHIP_NOTHING: this is nothing that a
 * board becomes. */
enum chip_became { CHIP_NOTHING, CHIP_DISK, CHIP_FASTBOOT };
enum chip_became chip_became(uint16_t vendor, uint16_t product);

/* All rows in order: NULL gives the first, the last gives NULL. */
const struct chip *chip_next(const struct chip *prev);

#endif
