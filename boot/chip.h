/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the supported chips (docs/protocol.md, section 1). A new chip generation needs one
 * more row in boot/chip.c. This file knows no protocol. */
#ifndef BOOT_CHIP_H
#define BOOT_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#define CHIP_VENDOR 0x0a5c /* USB vendor id of Broadcom */

struct chip {
	uint16_t product; /* USB product id of the boot ROM */
	/* USB product id of the second stage. The id can belong to another chip. For example, the
	 * second stage of a 2835 (id 2763) has the id 2764. */
	uint16_t second_stage_product;
	const char *name;
	const char *boards;   /* the names of its boards, for messages */
	const char *dir;      /* directory of the chip's files */
	const char *bootcode; /* file name of the bootcode */
	/* The model filters of config.txt that can apply to this chip, separated by spaces. */
	const char *models;
	/* The size of a bootloader EEPROM image in bytes. 0 if the chip has no EEPROM. */
	uint32_t eeprom_bytes;
	/* True if the boot ROM can demand a signature of the customer on second stages. */
	bool customer_block;
	/* The largest boot.img in bytes that the firmware accepts, and a size above which the
	 * user should be warned. 0: no limit is known, or the chip boots no boot.img. */
	uint32_t boot_image_max_bytes, boot_image_warn_bytes;
	/* Patterns of files in the top directory of an SD card that only other chips use, separated
	 * by spaces. NULL if the chip boots no boot.img. */
	const char *boot_image_skips;
	/* Patterns of files without which the chip does not boot a boot.img. Each word is a list of
	 * alternatives, separated by '|'. */
	const char *boot_image_needs;
	/* True if the boot ROM supports only full speed. For other chips, full speed indicates a
	 * bad link. */
	bool rom_full_speed;
	/* True if the boot ROM reports a serial number, so that the user can select the board by
	 * this number. */
	bool rom_has_serial;
	/* True if the boot ROM accepts a 20-byte signature before the bootcode (signed boot, option
	 * -s). */
	bool rom_signature;
	/* True if the second stage sends *PROPERTY*VALUE reports. For other chips, '*' is an
	 * ordinary character of a file name. */
	bool metadata;
};

/* Finds a chip by the USB id of its boot ROM. The id 0a5c:2764 is ambiguous in the second stage,
 * because the chip can be a 2835. The caller identifies a second stage by its port path.
 * Returns: the chip, or NULL if the id belongs to no chip. */
const struct chip *chip_by_id(uint16_t vendor, uint16_t product);

/* The kind of device that a board becomes after the boot (docs/protocol.md, section 6).
 * CHIP_NOTHING means that the USB id is not such a device. */
enum usb_id_role { CHIP_NOTHING, CHIP_DISK, CHIP_FASTBOOT };
enum usb_id_role usb_id_role(uint16_t vendor, uint16_t product);

/* Iterates over all chips in the order of the table. NULL starts the iteration.
 * Returns: the next chip, or NULL after the last one. */
const struct chip *chip_next(const struct chip *prev);

#endif
