/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what the files check*.c share. A struct check describes the check of a boot directory,
 * for one chip and one USB port at a time. */
#ifndef DIAGNOSE_CHECK_INTERNAL_H
#define DIAGNOSE_CHECK_INTERNAL_H

#include "diagnose/check.h"

#include <sys/types.h>

#define CHECK_SEEN_MAX 256

struct file;

struct check {
	struct files *files;
	const struct check_config *config;
	struct check_result *result;
	const struct chip *chip; /* NULL for the whole directory */
	/* The path of the USB port whose own directory of boot files is checked (option -o), or
	 * NULL for all ports without such a directory. */
	const char *port;
	char *seen[CHECK_SEEN_MAX]; /* keys already seen by check_is_new() */
	size_t seen_count;
};

/* Says whether config.txt sets a key for boards with the checked chip. CHECK_MAYBE means that the
 * key depends on a section filter, or that not every firmware understands its syntax. */
enum check_setting { CHECK_UNSET, CHECK_MAYBE, CHECK_SET };

struct check_settings {
	enum check_setting ramdisk; /* state of the key boot_ramdisk */
	enum check_setting erase;   /* state of the key erase_eeprom */
	enum check_setting lasting; /* keys that change a board permanently */
	enum check_setting other;   /* keys that name a file to boot */
};

/* Reads config.txt and its include files, and records in *ret which keys they set. Keys that can
 * harm the board are reported. */
void check_settings(struct check *check, struct check_settings *ret);

/* Checks the size of the EEPROM image and its signature file. other_boot is true if the board can
 * also boot without the image. An image for another chip is then only a warning. */
void check_eeprom(struct check *check, bool other_boot);

/* Returns: true if this bootcode file is the recovery program, which writes the EEPROM of a
 * board. */
bool check_is_recovery(struct file *bootcode);

/* Reports a problem of the boot files, unless the same sentence was reported before. */
void check_found(struct check *check, enum check_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns: true at the first call with this key, and false at later calls. Only CHECK_SEEN_MAX keys
 * are remembered; every further key counts as new. */
bool check_is_new(struct check *check, const char *key);

/* Opens the boot file that a board would receive if it requested this name.
 * Returns: 0, -ENOENT (no such file), or another -Exxx (already reported as a finding).
 * Ownership: the caller frees *ret with file_free(). */
int check_get(struct check *check, const char *name, struct file **ret);
bool check_has(struct check *check, const char *name);

/* Reads at most `size` bytes from the start of an open boot file into buf.
 * Returns: the number of bytes read, or -Exxx (without an error text). */
ssize_t check_load(struct file *file, char *buf, size_t size);

void check_file_free(struct file **file);

#endif
