/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by check*.c only: one look at a boot directory, for one chip and one port at a time. */
#ifndef CHECK_PRIVATE_H
#define CHECK_PRIVATE_H

#include "diagnose/check.h"

#include <sys/types.h>

#define CHECK_SEEN_MAX 256

struct file;

struct check {
	struct files *files;
	const struct check_config *config;
	struct check_result *result;
	const struct chip *chip;    /* NULL: the directory as a whole */
	const char *port;	    /* as a board at this port is served (-o); NULL: at any other */
	char *seen[CHECK_SEEN_MAX]; /* keys of check_is_new() */
	size_t seen_count;
};

/* What config.txt sets, as the board at hand reads it. MAYBE: only if a filter applies, or in a way
 * that not every firmware reads. */
enum check_setting { CHECK_UNSET, CHECK_MAYBE, CHECK_SET };

struct check_settings {
	enum check_setting ramdisk; /* boot_ramdisk */
	enum check_setting erase;   /* erase_eeprom */
	enum check_setting lasting; /* any key that changes the board for ever */
	enum check_setting other;   /* files to boot that it names itself */
};

/* Reads config.txt and the files that it includes. Reports the keys that harm the board. */
void check_settings(struct check *check, struct check_settings *ret);

/* The EEPROM image: its size and its signature file. other_boot: the board has something else to
 * boot. */
void check_eeprom(struct check *check, bool other_boot);

/* True if this bootcode is the program that writes the EEPROM. */
bool check_is_recovery(struct file *bootcode);

/* Reports a finding; the same sentence only once. */
void check_found(struct check *check, enum check_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* True the first time for this key. Keys beyond CHECK_SEEN_MAX are always new. */
bool check_is_new(struct check *check, const char *key);

/* Opens a file as the board would get it. 0, -ENOENT, or another -Exxx, which is reported. */
int check_get(struct check *check, const char *name, struct file **ret);
bool check_has(struct check *check, const char *name);

/* Reads the first bytes, as many as fit. Returns their number, or -Exxx (no sentence). */
ssize_t check_load(struct file *file, char *buf, size_t size);

void check_file_free(struct file **file);

#endif
