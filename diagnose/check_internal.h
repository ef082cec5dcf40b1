/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what the files diagnose/check*.c share. These files check the boot files before boards
 * are served. */
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
	struct error *first_error; /* of check_dir(), or NULL */
	const struct chip *chip;   /* NULL for the whole directory */
	/* The USB port whose files are checked (option -o), or NULL for the files that all ports
	 * share. */
	const char *port;
	/* The problems that check_is_new() has seen. */
	struct check_seen {
		char *key;
		enum check_kind kind; /* the worst kind with this key */
	} seen[CHECK_SEEN_MAX];
	size_t seen_count;
};

/* States whether config.txt turns a setting on, such as boot_ramdisk=1, for boards with a certain
 * chip. CHECK_MAYBE means that the setting may apply only to some boards or some versions of the
 * firmware. */
enum check_setting { CHECK_UNSET, CHECK_MAYBE, CHECK_SET };

/* The kinds of settings in config.txt that the check examines. */
enum check_key {
	CHECK_RAMDISK, /* boot_ramdisk */
	CHECK_ERASE,   /* erase_eeprom */
	/* A setting that makes the recovery firmware change the board permanently, such as one that
	 * locks it. */
	CHECK_LASTING,
	/* A setting with the name of a file to boot, such as kernel=. It counts as set if its value
	 * is not empty. */
	CHECK_OTHER,
	CHECK_KEYS
};

/* States for each kind of setting (enum check_key) whether config.txt turns a setting of this kind
 * on. */
struct check_settings {
	enum check_setting of[CHECK_KEYS];
};

/* Stores in *ret the settings of config.txt and of the files that it includes. Reports settings
 * that erase the EEPROM or change the board permanently. */
void check_settings(struct check *check, struct check_settings *ret);

/* Checks the size and the signature file of the EEPROM image. If other_boot is true, the board can
 * boot without the image, so an image for another chip causes only a warning. While rpiboot serves
 * boards, the same applies to a signature file of another image, unless `recovery` is true. The
 * bootcode is then the recovery program, which boots nothing else. */
void check_eeprom(struct check *check, bool other_boot, bool recovery);

/* Returns: true if this bootcode is the recovery program, which writes the EEPROM of a board. */
bool check_is_recovery(struct file *bootcode);

/* Reports a problem of the boot files, unless the check has already reported a problem of the same
 * kind with the same text. */
void check_found(struct check *check, enum check_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns: true at the first call with this key, so that the caller reports a problem only once,
 * and at a later call if its kind is worse. An error is thus also reported after a warning with the
 * same text about another chip. The first CHECK_SEEN_MAX keys are remembered. */
bool check_is_new(struct check *check, enum check_kind kind, const char *key);

/* Opens the boot file that a board would receive if it requested this name.
 * Returns: 0, -ENOENT (no such file), or another -Exxx (already reported).
 * Ownership: the caller frees *ret with file_free(). */
int check_get(struct check *check, const char *name, struct file **ret);

/* Reads at most `size` bytes from the beginning of a boot file.
 * Returns: the number of bytes, or -Exxx (without a message). */
ssize_t check_load(struct file *file, char *buf, size_t size);

void check_file_free(struct file **file);

#endif
