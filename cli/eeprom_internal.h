/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the functions and structs that the source files of the command `rpiboot eeprom` share.
 */
#ifndef CLI_EEPROM_INTERNAL_H
#define CLI_EEPROM_INTERNAL_H

#include "eeprom/config_lint.h"
#include "eeprom/image.h"
#include "eeprom/info.h"

#define EEPROM_CHANGES_MAX 64

struct key_line;

/* Names a file inside an EEPROM image, and the path of the file that replaces its content. */
struct eeprom_file_change {
	char name[EEPROM_NAME_SIZE];
	const char *path;
};

/* The values of the command line of `rpiboot eeprom`. The strings point into argv. */
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
	/* The opened private key of the option --key, or NULL if the option is not given. */
	struct key *key;
};

/* The facts that `rpiboot eeprom show` prints about a file. `image` is NULL if the file is a second
 * stage and not an EEPROM image. */
struct eeprom_shown {
	const char *path;
	size_t size;
	const struct chip *chip;
	const struct eeprom_image *image;
	bool recovery; /* the second stage writes the EEPROM */
	struct info info;
	/* The result of the digest check for each section of the EEPROM image, in the order of the
	 * sections. */
	enum info_digest *digests;
	unsigned int digests_good, digests_bad; /* of those that are expected */
};

/* Print the facts about an EEPROM image as text for people, or as one JSON object for programs
 * (docs/usage.md). */
void eeprom_show_text(const struct eeprom_shown *shown);
int eeprom_show_json(const struct eeprom_shown *shown, struct error *err);

/* The words of the output. */
const char *eeprom_digest_word(enum info_digest digest);
const char *eeprom_pubkey_word(enum info_pubkey pubkey);
const char *eeprom_signature_word(enum info_signature signature);
const char *eeprom_level_word(enum lint_level level);

/* Add a change to the values of a command line: the file that replaces the file `name` in the
 * EEPROM image, and one setting of the configuration. Returns: 0, or -EINVAL (invalid, too many, or
 * the file is given twice). */
int eeprom_line_replace(struct eeprom_line *line, const char *name, size_t size, const char *path,
			struct error *err);
int eeprom_line_edit(struct eeprom_line *line, const char *arg, bool unset, struct error *err);

/* Applies the changes of the command line to an EEPROM image in memory. Prints each change on
 * stderr.
 * Returns: 0, or -Exxx. */
int eeprom_apply(const struct eeprom_line *line, struct eeprom_image *image, struct error *err);

/* Applies the changes of the command line to an EEPROM image and writes the new image to the output
 * file. Prints each change on stderr.
 * Returns: 0, or -Exxx. After an error, no file was written. */
int eeprom_set(const struct eeprom_line *line, struct eeprom_image *image, struct error *err);

#endif
