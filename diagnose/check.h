/* SPDX-License-Identifier: Apache-2.0 */
/* Checks for which chips a boot directory has usable boot files, and reports damaged or missing
 * files. */
#ifndef DIAGNOSE_CHECK_H
#define DIAGNOSE_CHECK_H

#include <stdbool.h>

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
	const struct chip *chip; /* NULL for the whole directory */
	/* A sentence about a problem of a boot file, or NULL if there is no problem. */
	const char *text;
	/* The path of the bootcode for this chip, or NULL if the boot directory has none. */
	const char *bootcode;
	/* The names of the boot files for this chip, without the bootcode, separated by commas. */
	const char *names;
	bool serving; /* as in struct check_config */
};

struct check_config {
	bool signed_boot; /* the option -s (signed boot) */
	bool overlay;	  /* the option -o; check_files() ignores it */
	/* True if rpiboot serves boards after this check. An empty boot file is then only a
	 * warning, because a board may never request it. */
	bool serving;
	void (*found)(void *ctx, const struct check_finding *finding);
	void *ctx;
};

/* Prints one result of the check of the boot files. If rpiboot serves boards after the check, the
 * function prints only problems. It is a function for the member `found` of struct check_config.
 * ctx: the struct report */
void check_report(void *ctx, const struct check_finding *finding);

struct check_result {
	unsigned int chips; /* number of chips that can be booted */
	unsigned int errors, warnings;
};

/* Checks the boot files in an open boot directory for all chips, or only for `chip` if it is not
 * NULL. A problem that concerns several chips is reported once. *first_error receives the first
 * error in the files; first_error may be NULL. */
void check_files(struct files *files, const struct chip *chip, const struct check_config *config,
		 struct check_result *ret, struct error *first_error);

/* Opens the boot directory `dir` and checks it for all chips with check_files().
 * Returns: 0, -ENOENT (no chip has bootcode in it), -EBADMSG (it has errors; *err holds the first
 * one), or another -Exxx from files_new() (the directory cannot be used). */
int check_dir(const char *dir, const struct check_config *config, struct check_result *ret,
	      struct error *err);

#endif
