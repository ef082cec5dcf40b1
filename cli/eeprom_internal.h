/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the command `rpiboot eeprom`. */
#ifndef CLI_EEPROM_INTERNAL_H
#define CLI_EEPROM_INTERNAL_H

#include "eeprom/config_lint.h"
#include "eeprom/image.h"
#include "eeprom/info.h"

#define EEPROM_CHANGES_MAX 64

struct key_line;

/* A file of the image and the path of its new content. */
struct eeprom_file_change {
	char name[EEPROM_NAME_SIZE];
	const char *path;
};

/* The command line. Strings point into argv. */
struct eeprom_line {
	const char *action, *image, *name;
	const char *output; /* NULL: not given */
	bool json, all, countersign;
	bool has_update_time;
	uint32_t update_time_seconds;
	struct eeprom_file_change files[EEPROM_CHANGES_MAX];
	size_t file_count;
	struct eeprom_edit {
		const char *arg;
		bool unset;
	} edits[EEPROM_CHANGES_MAX];
	size_t edit_count;
	/* The opened key of --key, or NULL. */
	struct key *key;
};

/* Everything that `show` prints. `image` is NULL if the file is a second stage. */
struct eeprom_shown {
	const char *path;
	size_t size;
	const struct chip *chip;
	const struct eeprom_image *image;
	bool recovery; /* the second stage writes the EEPROM */
	struct info info;
	/* The digests of the sections of the image, in their order. */
	enum info_digest *digests;
	unsigned int digests_good, digests_bad; /* of those that are expected */
};

/* Prints the facts as text, or as one JSON object (docs/usage.md). */
void eeprom_show_text(const struct eeprom_shown *shown);
int eeprom_show_json(const struct eeprom_shown *shown, struct error *err);

/* The words of the output. */
const char *eeprom_digest_word(enum info_digest digest);
const char *eeprom_pubkey_word(enum info_pubkey pubkey);
const char *eeprom_signature_word(enum info_signature signature);
const char *eeprom_level_word(enum lint_level level);

/* Changes the image and writes it. Prints each change on stderr.
 * Returns: 0, or -Exxx. After an error, no file was written. */
int eeprom_set(const struct eeprom_line *line, struct eeprom_image *image, struct error *err);

#endif
