/* SPDX-License-Identifier: Apache-2.0 */
/* Describes the supported chips (docs/protocol.md, section 1). To support a new chip, add a row to
 * the table in boot/chip.c. */
#ifndef BOOT_CHIP_H
#define BOOT_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#define CHIP_VENDOR 0x0a5c /* USB vendor id of Broadcom */

struct chip {
	uint16_t product; /* USB product id of the boot ROM */
	/* USB product id of the board while its second-stage bootloader runs. It may equal the id
	 * of another chip's boot ROM. For example, 2764 is the id of a BCM2835 in its second-stage
	 * bootloader, and of a BCM2837 in its boot ROM. */
	uint16_t second_stage_product;
	const char *name;
	/* The number that means this chip in the revision code of a board, in bits 12 to 15
	 * (docs/protocol.md, section 4). */
	unsigned int revision_processor;
	const char *boards;   /* board names, for messages */
	const char *dir;      /* directory of the chip's files */
	const char *bootcode; /* file name of the bootcode */
	/* The filters with which config.txt can select boards with this chip, separated by spaces.
	 * For example, "cm4" stands for the filter [cm4]. */
	const char *models;
	/* The size in bytes of an image for the bootloader EEPROM, or 0 if boards with this chip
	 * have no such EEPROM. */
	uint32_t eeprom_bytes;
	/* True if the boot ROM can be configured to start only second-stage bootloaders that the
	 * customer has signed. */
	bool customer_block;
	/* True if a GPIO pin of the chip can be selected permanently as the switch for USB boot. */
	bool has_rpiboot_gpio;
	/* Recovery firmware reports whether it wrote the EEPROM only if it was built at this time,
	 * in seconds since 1970, or later (docs/protocol.md, section 9). */
	int64_t recovery_reports_since;
	/* The firmware accepts a boot.img of at most boot_image_max_bytes. The program warns about
	 * a boot.img that is larger than boot_image_warn_bytes. 0 means that no limit is known, or
	 * that the chip boots no boot.img. */
	uint32_t boot_image_max_bytes, boot_image_warn_bytes;
	/* The files that boards with this chip do not need, as file name patterns separated by
	 * spaces. A boot.img for the chip does not contain these files. NULL if boards with the
	 * chip do not boot from a boot.img. */
	const char *boot_image_skips;
	/* Patterns for the names of files that a boot.img for this chip needs, separated by spaces.
	 * A '|' separates two patterns if a file for one of them is enough. */
	const char *boot_image_needs;
	/* True if the boot ROM runs USB only at full speed (12 Mbit/s). If this is false, but the
	 * boot ROM runs at full speed, a cable or port is probably bad. */
	bool rom_full_speed;
	/* True if the boot ROM reports the serial number of the board over USB, so that the user
	 * can select the board by this number. */
	bool rom_has_serial;
	/* True if the boot ROM accepts a signature of 20 bytes that the host sends before the
	 * bootcode (option -s). */
	bool rom_signature;
	/* True if the second-stage bootloader reports properties of the board, such as the serial
	 * number. The bootloader reports each property as a request for a file with the name
	 * *PROPERTY*VALUE. If this member is false, '*' is an ordinary character of a file name. */
	bool metadata;
};

/* Finds a chip by the USB id of a board. The id 0a5c:2764 is ambiguous: it is a BCM2837 in its boot
 * ROM, or a BCM2835 in its second-stage bootloader. The caller recognises a second-stage
 * bootloader, because the boot ROM was at the same port before.
 * Returns: the chip whose boot ROM has the id, or NULL if there is none. */
const struct chip *chip_by_id(uint16_t vendor, uint16_t product);

/* Returns: the chip whose EEPROM images have this size in bytes, or NULL (no chip). */
const struct chip *chip_by_eeprom_bytes(uint64_t bytes);

/* The kinds of USB device that a board can become after its boot (docs/protocol.md, section 6).
 * usb_id_role() finds the kind by the USB ids. CHIP_NOTHING means that the ids belong to no known
 * kind. */
enum usb_id_role { CHIP_NOTHING, CHIP_DISK, CHIP_FASTBOOT };
enum usb_id_role usb_id_role(uint16_t vendor, uint16_t product);

/* Some USB devices of a board have a long serial number, and its last 8 digits are the serial
 * number of the boot ROM.
 * Returns: true if the device with these ids has such a serial number. */
bool usb_id_has_board_serial(uint16_t vendor, uint16_t product);

/* Iterates over the supported chips.
 * prev: a chip of the table, or NULL to start the iteration.
 * Returns: the chip that follows prev in the table, or NULL after the last one. */
const struct chip *chip_next(const struct chip *prev);

#endif
