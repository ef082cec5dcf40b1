/* SPDX-License-Identifier: Apache-2.0 */
/* Describes what the command `rpiboot recover` does with boards: the files that update the
 * bootloader EEPROM, for each chip, and the steps for one board. The code that parses the command
 * line fills these structs before the first board is served, and no code changes them later. */
#ifndef BOARD_RECOVER_H
#define BOARD_RECOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chip;

/* The steps of `rpiboot recover` for one board. A step can start only while the board runs its boot
 * ROM, so the board restarts between two steps. */
enum recover_step {
	/* The first step for a board that will be locked: the recovery firmware reports the
	 * properties of the board and changes nothing. */
	RECOVER_READ,
	RECOVER_FLASH, /* writes or erases the EEPROM */
	RECOVER_DISK,  /* the board becomes a disk */
};

/* A file in memory. */
struct recover_file {
	const char *name; /* the name that the board requests */
	unsigned char *data;
	size_t size;
};

/* An EEPROM image and its signature file (.sig). Both are empty if the user wants to erase the
 * EEPROM of the board. */
struct recover_image {
	struct recover_file file, sig;
	char sha256[65]; /* hexadecimal; empty without an image */
	/* The hash of the public key in the EEPROM image, in hexadecimal. A board that is locked to
	 * this key has the same hash in its one-time programmable memory. The text is empty if the
	 * image has no key. */
	char key_hash[65];
};

/* The files with which `rpiboot recover` updates the boards that have one kind of chip. */
struct recover_kit {
	const struct chip *chip;
	char *source; /* path of the recovery firmware */
	char *image_source;
	/* The recovery firmware, which the boot ROM of a board starts, and a copy with the user's
	 * signature for boards that are locked to the user's key. The copy is empty if boards with
	 * this chip cannot be locked or if there is no key. */
	struct recover_file stage, stage_signed;
	/* The path of the recovery firmware or of the EEPROM image, if this file is signed with
	 * Raspberry Pi's development key. Locked boards do not start with such a file. NULL if
	 * neither file is signed with this key. */
	const char *development_source;
	/* The files config.txt that make the recovery firmware read the properties of a board,
	 * write its EEPROM, or write its EEPROM and lock the board. */
	struct recover_file config_read, config_flash, config_lock;
	struct recover_image image;
	/* The second EEPROM image, for boards that are locked to the user's key. It has no data if
	 * all boards get the first image (`image`). */
	struct recover_image image_locked;
	int64_t image_build_seconds; /* -1: unknown */
	char image_version[9];
	/* True if the recovery firmware is new enough to report the result of the EEPROM update
	 * (docs/protocol.md, section 9). */
	bool reports;
};

#define RECOVER_KITS_MAX 4

struct recover {
	struct recover_kit kits[RECOVER_KITS_MAX];
	size_t kit_count;
	/* The hash of the user's public key, in hexadecimal. A board that is locked to this key has
	 * the same hash in its one-time programmable memory. The text is empty without a key. */
	char key_hash[65];
	bool erase;
	bool lock;	/* lock boards to the user's key */
	bool gpio;	/* --rpiboot-gpio is given */
	bool lock_jtag; /* --lock-jtag is given */
	bool locked;	/* --locked (boards are locked already) */
	/* True if the program writes an image to the disks of the boards after the update
	 * (--write). */
	bool then_disk;
};

/* Returns: the files with which rpiboot updates the EEPROM of boards with this chip, or NULL if it
 * has no such files. */
const struct recover_kit *recover_kit(const struct recover *recover, const struct chip *chip);

#endif
