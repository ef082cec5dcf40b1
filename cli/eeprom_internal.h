/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the functions and structs that the source files of the command `rpiboot eeprom`
 * share. */
#ifndef CLI_EEPROM_INTERNAL_H
#define CLI_EEPROM_INTERNAL_H

#include "cli/key_line.h"
#include "eeprom/config.h"
#include "eeprom/config_lint.h"
#include "eeprom/image.h"
#include "eeprom/info.h"

#define EEPROM_CHANGES_MAX 64

/* A request to replace a file in an EEPROM image by the file at a path. */
struct eeprom_file_change {
	char name[EEPROM_NAME_SIZE];
	const char *path;
};

/* The codes of the options that `rpiboot eeprom` and `rpiboot recover` share. */
enum eeprom_line_option { EEPROM_LINE_CONFIG = 0x290, EEPROM_LINE_SET, EEPROM_LINE_UNSET };

/* Rows for a table of command-line options: the options that change the configuration of an EEPROM
 * image. */
#define EEPROM_LINE_ROWS(heading)                                                                  \
	KEY_LINE_ROW(heading, EEPROM_LINE_CONFIG, "config", "FILE", 0,                             \
		     "replace the configuration of the image by FILE"),                            \
		KEY_LINE_ROW(NULL, EEPROM_LINE_SET, "set", "K=V", 0,                               \
			     "change a setting: BOOT_ORDER=0xf41 for all boards, or\n"             \
			     "[cm4]HDMI_DELAY=0 for some boards; may be repeated"),                \
		KEY_LINE_ROW(NULL, EEPROM_LINE_UNSET, "unset", "K", 0,                             \
			     "remove the setting K; may be repeated")

/* The values from the command line of `rpiboot eeprom`. The strings point into argv. */
struct eeprom_line {
	const char *action, *image, *name;
	const char *output; /* NULL: not given */
	bool json, all, countersign;
	bool quiet; /* print only errors (the option -q of `rpiboot recover`) */
	bool has_update_time;
	uint32_t update_time_seconds;
	struct eeprom_file_change files[EEPROM_CHANGES_MAX];
	size_t file_count;
	struct config_edit edits[EEPROM_CHANGES_MAX];
	size_t edit_count;
	struct key_line key_line; /* the options for the key */
	/* The user's private key, which the option --key names, or NULL without this option. */
	struct key *key;
};

/* The facts about a file that `rpiboot eeprom show` prints. The file is an EEPROM image or, if
 * `image` is NULL, a second-stage bootloader. */
struct eeprom_shown {
	const char *path;
	size_t size;
	const struct chip *chip;
	const struct eeprom_image *image;
	/* the second-stage bootloader writes the EEPROM */
	bool recovery;
	struct info info;
	/* The result of the digest check for each section of the EEPROM image. */
	enum info_digest *digests;
	unsigned int digests_good, digests_bad; /* numbers of right and wrong digests */
};

/* These functions print the facts about an EEPROM image, as text for people or as one JSON object
 * for programs (docs/usage.md). */
void eeprom_show_text(const struct eeprom_shown *shown);
int eeprom_show_json(const struct eeprom_shown *shown, struct error *err);

/* The state of a signature in words: one word for the JSON output, and a sentence for the text
 * output. */
struct eeprom_words {
	const char *word, *sentence;
};

/* These functions return words for the text and JSON output. The words describe the state of a
 * digest, of a public key or of a signature, or the severity of a mistake in a configuration. */
const char *eeprom_digest_word(enum info_digest digest);
const char *eeprom_pubkey_word(enum info_pubkey pubkey);
struct eeprom_words eeprom_signature_words(enum info_signature signature);
const char *eeprom_level_word(enum lint_level level);

/* Stores the argument of the option --config, --set, --unset or --sign-timeout.
 * Returns: 0, or -EINVAL (an invalid argument, or too many changes of the EEPROM image). */
int eeprom_line_take(struct eeprom_line *line, int code, const char *arg, struct error *err);

/* Applies the requested changes to an EEPROM image in memory, and prints each change on stderr.
 * Returns: 0, or -Exxx. */
int eeprom_apply(const struct eeprom_line *line, struct eeprom_image *image, struct error *err);

/* Applies the requested changes to an EEPROM image, writes the new image to the output file, and
 * prints each change on stderr.
 * Returns: 0, or -Exxx. After an error, no file was written. */
int eeprom_set(const struct eeprom_line *line, struct eeprom_image *image, struct error *err);

#endif
