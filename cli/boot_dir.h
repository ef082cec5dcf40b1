/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files of a boot directory that a board accepts only with a signature, such as boot.img.
 * Boards with different chips may receive different files, so the search runs once for each chip.
 */
#ifndef CLI_BOOT_DIR_H
#define CLI_BOOT_DIR_H

#include <stdbool.h>
#include <stddef.h>

struct chip;
struct error;

enum boot_part_kind {
	/* A second-stage bootloader. The boot ROM of a board that is locked to a customer's key
	 * starts only a bootloader with the customer's signature. */
	BOOT_PART_STAGE,
	/* A boot file with a signature in a separate .sig file. */
	BOOT_PART_FILE,
	BOOT_PART_IMAGE, /* an EEPROM image with a .sig file */
	/* A second-stage bootloader for a chip that cannot check a customer's signature. */
	BOOT_PART_OTHER,
};

struct boot_part {
	enum boot_part_kind kind;
	const struct chip *chip;
	const char *path; /* "DIR/NAME" or "DIR/bootfiles.bin:MEMBER" */
	/* The name of the boot file in the archive bootfiles.bin, or NULL if it is not in this
	 * archive. */
	const char *member;
	const unsigned char *data;
	size_t size;
	/* The content of the .sig file that a board receives with this boot file, or NULL if there
	 * is no .sig file. */
	const unsigned char *sig;
	size_t sig_size;
};

/* Calls fn with each file that secure boot checks (a part), until a call returns an error. The
 * pointers in a part are valid only during the call. A file that boards with different chips
 * receive is passed to fn only once.
 * Returns: 0, -Exxx from fn, or another -Exxx (the directory or a file is missing or unreadable, or
 * too large). */
int boot_dir_each(const char *dir,
		  int (*fn)(void *ctx, const struct boot_part *part, struct error *err), void *ctx,
		  struct error *err);

/* Returns: true if secure boot checks a file with this name, such as boot.img. Also returns true
 * for the name of its signature file, such as boot.sig. */
bool boot_dir_is_part(const char *name);

/* Checks whether the file is a second-stage bootloader of a release that is known not to work on
 * some boards.
 * Returns: a sentence that names the boards and the remedy, or NULL. */
const char *boot_part_fault(const struct boot_part *part);

#endif
