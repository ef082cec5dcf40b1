/* SPDX-License-Identifier: Apache-2.0 */
/* Reads config.txt in the same way as the firmware of a board, with its sections and include lines.
 * If a setting occurs twice, the last one counts. Reports the settings that erase the EEPROM or
 * change the board permanently. */
#include "diagnose/check_internal.h"

#include "boot/chip.h"
#include "eeprom/config.h"
#include "files/files.h"
#include "util/util.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_BYTES    (64 * 1024) /* maximum bytes read from each file */
#define INCLUDE_DEPTH 4
#define INCLUDE_MAX   16

static const struct key {
	const char *name;
	enum check_key kind;
} keys[] = {
	{"boot_ramdisk", CHECK_RAMDISK},
	{"erase_eeprom", CHECK_ERASE},
	{"program_pubkey", CHECK_LASTING},
	{"revoke_devkey", CHECK_LASTING},
	{"program_rpiboot_gpio", CHECK_LASTING},
	{"program_jtag_lock", CHECK_LASTING},
	{"kernel", CHECK_OTHER},
	{"start_file", CHECK_OTHER},
	{"os_prefix", CHECK_OTHER},
};

/* A line such as [pi4] in config.txt is a filter: the lines below it apply only to some boards.
 * These are the filters for the current line. The line [all] ends all filters. */
struct filters {
	bool never; /* a filter excludes boards with this chip */
	bool model; /* a filter selects models with this chip */
	bool other; /* another filter selects only some boards */
};

struct reading {
	struct check *check;
	struct filters filters;
	enum check_setting value[array_size(keys)];
	/* file_of[i] is the index of the file that sets the key keys[i], in the array `files`. The
	 * file with the index 0 is config.txt. The files that config.txt includes follow. */
	size_t file_of[array_size(keys)];
	struct file *files[INCLUDE_MAX];
	size_t file_count;
	unsigned int depth;
};

static struct config_span span_trim(struct config_span span)
{
	while (span.size && isspace((unsigned char)*span.at)) {
		span.at++;
		span.size--;
	}
	while (span.size && isspace((unsigned char)span.at[span.size - 1]))
		span.size--;
	return span;
}

/* Returns: true if `span` equals a word in `words`. Spaces separate the words. */
static bool span_in(struct config_span span, const char *words)
{
	for (size_t length; *words; words += length + (words[length] == ' ')) {
		length = strcspn(words, " ");
		if (length == span.size && memcmp(words, span.at, length) == 0)
			return true;
	}
	return false;
}

static void section_take(struct reading *reading, struct config_span name)
{
	struct filters *filters = &reading->filters;
	bool of_other_chip = false;

	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		of_other_chip = of_other_chip || span_in(name, chip->models);
	if (config_span_is(name, "all"))
		*filters = (struct filters){0};
	else if (span_in(name, reading->check->chip->models))
		*filters = (struct filters){.model = true, .other = filters->other};
	else if (config_span_is(name, "none") || of_other_chip)
		filters->never = true;
	else
		filters->other = true;
}

/* Checks whether the value of a key in config.txt switches the key on. If the value is not a
 * number, the result is CHECK_MAYBE, because the reaction of the firmware is unknown. */
static enum check_setting value_read(enum check_key kind, struct config_span value)
{
	char text[32] = "", *end;
	long number;

	if (value.size == 0)
		return CHECK_UNSET;
	if (kind == CHECK_OTHER)
		return CHECK_SET;
	memcpy(text, value.at, value.size < sizeof(text) ? value.size : sizeof(text) - 1);
	number = strtol(text, &end, 0);
	if (end == text)
		return CHECK_MAYBE;
	return number ? CHECK_SET : CHECK_UNSET;
}

/* Stores the value of a setting in config.txt.
 * certain: false if some versions of the firmware ignore the line, because it is in an included
 * file or has unusual spaces */
static void key_take(struct reading *reading, size_t key, struct config_span value, size_t file,
		     bool certain)
{
	enum check_setting read = value_read(keys[key].kind, value), *now = &reading->value[key];

	if (reading->filters.never)
		return;
	if (reading->filters.model || reading->filters.other || !certain)
		*now = read == *now ? read : CHECK_MAYBE;
	else
		*now = read;
	if (read != CHECK_UNSET)
		reading->file_of[key] = file;
}

static void file_take(struct reading *reading, const char *name);

static void include_take(struct reading *reading, struct config_span name)
{
	cleanup_free char *path = strndup(name.at, name.size);

	if (path && !reading->filters.never)
		file_take(reading, path);
}

/* Parses a line KEY=VALUE of config.txt. The documented syntax has no spaces around the key or the
 * value. If the line has such spaces, some versions of the firmware may ignore the line. */
static void assignment_take(struct reading *reading, struct config_span line, size_t file)
{
	struct config_span trimmed = span_trim(line), name, value;
	const char *equals = memchr(trimmed.at, '=', trimmed.size);
	bool plain;

	if (!equals)
		return;
	name = span_trim((struct config_span){trimmed.at, (size_t)(equals - trimmed.at)});
	value = span_trim(
		(struct config_span){equals + 1, trimmed.size - (size_t)(equals + 1 - trimmed.at)});
	plain = name.at == line.at && name.at + name.size == equals && value.at == equals + 1;
	for (size_t i = 0; i < array_size(keys); i++)
		if (strlen(keys[i].name) == name.size &&
		    strncasecmp(keys[i].name, name.at, name.size) == 0)
			key_take(reading, i, value, file,
				 plain && file == 0 && config_span_is(name, keys[i].name));
}

static void line_take(struct reading *reading, struct config_span line, size_t file)
{
	static const char include[] = "include ";
	const size_t include_length = sizeof(include) - 1;
	struct config_span trimmed = span_trim(line);

	if (!trimmed.size || trimmed.at[0] == '#')
		return;
	if (trimmed.at[0] == '[' && trimmed.at[trimmed.size - 1] == ']')
		section_take(reading, (struct config_span){trimmed.at + 1, trimmed.size - 2});
	else if (trimmed.size > include_length && memcmp(trimmed.at, include, include_length) == 0)
		include_take(reading,
			     span_trim((struct config_span){trimmed.at + include_length,
							    trimmed.size - include_length}));
	else
		assignment_take(reading, line, file);
}

/* Reads config.txt, or a file that it includes, line by line. A filter such as [pi4] above an
 * include line also applies to the lines of the included file. A filter in that file still applies
 * after its end. */
static void file_take(struct reading *reading, const char *name)
{
	size_t index = reading->file_count, at = 0;
	cleanup_free char *text = NULL;
	ssize_t size;

	if (index == INCLUDE_MAX || reading->depth == INCLUDE_DEPTH ||
	    check_get(reading->check, name, &reading->files[index]) < 0)
		return;
	reading->file_count++;
	reading->depth++;
	text = malloc(TEXT_BYTES);
	size = text ? check_load(reading->files[index], text, TEXT_BYTES) : 0;
	while (size > 0 && at < (size_t)size) {
		const char *line = text + at, *end = memchr(line, '\n', (size_t)size - at);
		size_t length = end ? (size_t)(end - line) : (size_t)size - at;

		line_take(reading, (struct config_span){line, length}, index);
		at += length + 1;
	}
	reading->depth--;
}

/* Reports a setting of config.txt that makes a board erase its EEPROM or change permanently. */
static void key_report(struct reading *reading, size_t key)
{
	static const char *const effects[CHECK_KEYS] = {
		[CHECK_ERASE] = "erases the EEPROM of the board; the board then boots only over "
				"USB until an image is written",
		[CHECK_LASTING] = "changes a board permanently and cannot be undone",
	};
	const char *effect = effects[keys[key].kind];

	if (effect)
		check_found(reading->check, CHECK_WARNING, "'%s' sets %s, which %s",
			    file_path(reading->files[reading->file_of[key]]), keys[key].name,
			    effect);
}

void check_settings(struct check *check, struct check_settings *ret)
{
	struct reading reading = {.check = check};

	*ret = (struct check_settings){0};
	file_take(&reading, "config.txt");
	for (size_t i = 0; i < array_size(keys); i++) {
		enum check_setting *setting = &ret->of[keys[i].kind];

		if (reading.value[i] > *setting)
			*setting = reading.value[i];
		if (reading.value[i] != CHECK_UNSET)
			key_report(&reading, i);
	}
	for (size_t i = 0; i < reading.file_count; i++)
		file_free(reading.files[i]);
}
