/* SPDX-License-Identifier: Apache-2.0 */
/* Describes what the command `rpiboot recover` does with boards: the files that update the
 * bootloader EEPROM, for each chip, and the steps of a board. The command line makes this struct
 * before the first board is served, and no code changes it later. */
#ifndef BOARD_RECOVER_H
#define BOARD_RECOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chip;

/* The steps of one board. Each step starts in the boot ROM of the board. */
enum recover_step {
	/* The recovery firmware reports the properties of the board, and changes nothing. This step
	 * comes first if the board is to be locked. */
	RECOVER_READ,
	RECOVER_FLASH, /* the recovery firmware writes or erases the EEPROM */
	RECOVER_DISK,  /* the boot files make the storage of the board appear as a disk */
};

/* A file in memory. */
struct recover_file {
	const char *name; /* the name that the board requests */
	unsigned char *data;
	size_t size;
};

/* An EEPROM image with its .sig file. The files have no data if the EEPROM is erased. */
struct recover_image {
	struct recover_file file, sig;
	char sha256[65]; /* of the image, in hexadecimal; empty without an image */
	/* The OTP hash of the public key in the image, in hexadecimal; empty without a key. */
	char key_hash[65];
};

/* The files for the boards with one chip. */
struct recover_kit {
	const struct chip *chip;
	char *source; /* the path of the recovery firmware, for messages */
	char *image_source;
	/* The recovery firmware, which the boot ROM starts. Boards that are locked to the key of
	 * the user need the countersigned copy if the chip has customer blocks. The copy has no
	 * data if there is no key. */
	struct recover_file stage, stage_signed;
	/* The config.txt of the step that reads, of the step that flashes, and of the same step for
	 * a board that is to be locked. */
	struct recover_file config_read, config_flash, config_lock;
	struct recover_image image;
	/* The image for boards that are locked to the key of the user, if it differs from `image`.
	 * It has no data if no such board is expected. */
	struct recover_image image_locked;
	int64_t image_build_seconds; /* -1: unknown */
	char image_version[9];
	/* True if the recovery firmware is new enough to report the result (docs/protocol.md,
	 * section 9). */
	bool reports;
};

#define RECOVER_KITS_MAX 4

struct recover {
	struct recover_kit kits[RECOVER_KITS_MAX];
	size_t kit_count;
	/* The hash of the public key of the user, as boards hold it in OTP memory, in hexadecimal.
	 * It is empty without a key. */
	char key_hash[65];
	bool erase;
	bool lock;	/* lock boards to the key */
	bool locked;	/* the boards are locked to the key already */
	bool then_disk; /* the image of --write follows */
};

/* Returns: the kit for boards with this chip, or NULL. */
const struct recover_kit *recover_kit(const struct recover *recover, const struct chip *chip);

#endif
