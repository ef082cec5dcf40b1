/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files of a boot directory that secure boot checks. The files are searched for each chip
 * in the same order as if a board with this chip requested them. */
#ifndef CLI_BOOT_DIR_H
#define CLI_BOOT_DIR_H

#include <stdbool.h>
#include <stddef.h>

struct chip;
struct error;

enum boot_part_kind {
	/* A second stage, which is the program that the boot ROM starts. Some boards start it only
	 * if it has a signature of the customer (countersignature). */
	BOOT_PART_STAGE,
	BOOT_PART_FILE,	 /* a file whose signature is in a .sig file */
	BOOT_PART_IMAGE, /* an EEPROM image whose signature is in a .sig file */
	BOOT_PART_OTHER, /* a second stage for a chip that checks no customer signature */
};

struct boot_part {
	enum boot_part_kind kind;
	const struct chip *chip;
	const char *path;   /* "DIR/NAME" or "DIR/bootfiles.bin:MEMBER" */
	const char *member; /* the name inside bootfiles.bin; NULL if the part is a plain file */
	const unsigned char *data;
	size_t size;
	/* The content of the .sig file that the board receives with a BOOT_PART_FILE or a
	 * BOOT_PART_IMAGE. NULL if the part has no .sig file. */
	const unsigned char *sig;
	size_t sig_size;
};

/* Calls fn with each part, until a call returns an error. The pointers in a part are only valid
 * during the call. A file that boards of several chips receive is one part.
 * Returns: 0, -Exxx from fn, or another -Exxx (the directory or a file is missing or unreadable,
 * or too large). */
int boot_dir_each(const char *dir,
		  int (*fn)(void *ctx, const struct boot_part *part, struct error *err), void *ctx,
		  struct error *err);

/* Checks whether the part is a second stage of a bootfiles.bin that is known not to work on some
 * boards. A countersignature makes no difference.
 * Returns: a sentence that names the boards and the remedy, or NULL. */
const char *boot_part_fault(const struct boot_part *part);

#endif
