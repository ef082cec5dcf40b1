/* SPDX-License-Identifier: Apache-2.0 */
/* Is a boot directory usable, for which chips, and what is wrong with it. Touches no USB. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chip;
struct error;
struct files;

enum check_kind {
	CHECK_CHIP,    /* what the directory has for this chip */
	CHECK_WARNING, /* it can be served, but somebody should know this */
	CHECK_ERROR,   /* a board would fail, or fail to boot */
};

struct check_finding {
	enum check_kind kind;
	const struct chip *chip; /* NULL: it concerns the directory, not one chip */
	const char *text;	 /* of a warning or error: a sentence that names the file */
	const char *bootcode;	 /* CHECK_CHIP: where it is; NULL: none for this chip */
	const char *names; /* CHECK_CHIP: the other files the chip may ask for that are there */
};

struct check_config {
	bool signed_boot; /* -s */
	bool overlay;	  /* -o: of a directory (check_dir()) */
	bool serving;	  /* boards are served next: that a file which a board may never ask for is
			     empty is a warning only */
	void (*found)(void *ctx, const struct check_finding *finding);
	void *ctx;
};

struct check_result {
	unsigned int chips; /* that can be served */
	unsigned int errors, warnings;
};

/* Looks at what each chip may ask for of an open boot directory; only this chip, where one is
 * given. Each finding is told once, however many chips share the file. */
void check_files(struct files *files, const struct chip *chip, const struct check_config *config,
		 struct check_result *ret);

/* The same of a directory; 0, or -Exxx where it cannot be used at all (files_new()), or is for no
 * chip (-ENOENT), or has errors (-EBADMSG: the first one is the sentence). */
int check_dir(const char *dir, const struct check_config *config, struct check_result *ret,
	      struct error *err);

#endif
