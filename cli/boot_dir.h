/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the parts of a boot directory that secure boot checks. They are the files that rpiboot
 * would serve to the boards of each chip, by the lookup of files/. */
#ifndef CLI_BOOT_DIR_H
#define CLI_BOOT_DIR_H

#include <stdbool.h>
#include <stddef.h>

struct chip;
struct error;

enum boot_part_kind {
	/* A second stage. Some boards start it only if it is countersigned. */
	BOOT_PART_STAGE,
	BOOT_PART_FILE,	 /* a file with a .sig beside it */
	BOOT_PART_IMAGE, /* an EEPROM image, with a .sig beside it */
	BOOT_PART_OTHER, /* a bootcode that no customer can sign */
};

struct boot_part {
	enum boot_part_kind kind;
	const struct chip *chip;
	const char *path;   /* "DIR/NAME" or "DIR/bootfiles.bin:MEMBER" */
	const char *member; /* end of path; NULL if it is a file */
	const unsigned char *data;
	size_t size;
	/* The content of the .sig file that the board receives with a FILE or an IMAGE, or NULL. */
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

#endif
