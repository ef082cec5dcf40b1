/* SPDX-License-Identifier: Apache-2.0 */
/* Checks which chips a boot directory can boot, and reports the defects of its files. Does not
 * access USB. */
#ifndef DIAGNOSE_CHECK_H
#define DIAGNOSE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chip;
struct error;
struct files;

enum check_kind {
	CHECK_CHIP,    /* the boot files found for one chip */
	CHECK_WARNING, /* a problem that a board may tolerate */
	CHECK_ERROR,   /* a problem that makes a board fail */
};

struct check_finding {
	enum check_kind kind;
	const struct chip *chip; /* NULL: concerns the whole directory */
	/* For a warning or an error: one sentence that names the file. */
	const char *text;
	/* For CHECK_CHIP: the path of the bootcode. NULL if the chip has no bootcode. */
	const char *bootcode;
	/* For CHECK_CHIP: the other files that exist and that the chip may request, separated by
	 * commas. */
	const char *names;
};

struct check_config {
	bool signed_boot; /* set by -s: signed boot */
	bool overlay;	  /* set by -o; used only by check_dir() */
	/* True if rpiboot serves boards after the check. An empty file is then only a warning,
	 * because a board may never request it. */
	bool serving;
	void (*found)(void *ctx, const struct check_finding *finding);
	void *ctx;
};

struct check_result {
	unsigned int chips; /* number of chips that can be booted */
	unsigned int errors, warnings;
};

/* Checks the files of an open boot directory that each chip may request. If `chip` is not NULL,
 * checks only the files for this chip. Reports each finding once, even if several chips share the
 * file. */
void check_files(struct files *files, const struct chip *chip, const struct check_config *config,
		 struct check_result *ret);

/* Opens the boot directory `dir` and checks it for all chips with check_files().
 * Returns: 0, -ENOENT (no chip has bootcode in it), -EBADMSG (it has errors; *err holds the first
 * one), or another -Exxx from files_new() (the directory cannot be used). */
int check_dir(const char *dir, const struct check_config *config, struct check_result *ret,
	      struct error *err);

#endif
