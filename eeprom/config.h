/* SPDX-License-Identifier: Apache-2.0 */
/* The bootloader configuration, which is the file bootconf.txt of an EEPROM image: lines KEY=VALUE,
 * and filters such as [cm4] that limit the lines after them to some boards (docs/protocol.md,
 * section 9). This file reads and changes the text. It knows no keys. */
#ifndef EEPROM_CONFIG_H
#define EEPROM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct error;

#define CONFIG_FILTER_KINDS 7

enum config_line_kind {
	CONFIG_BLANK, /* empty, or a comment */
	CONFIG_SETTING,
	CONFIG_FILTER,
	/* any other line; the bootloader ignores it */
	CONFIG_OTHER,
	/* The line [config.txt] and all lines after it, which belong to the operating system and
	 * not to the bootloader. */
	CONFIG_FOREIGN,
};

/* A part of a text, as an address and a size. It has no NUL at its end. */
struct config_span {
	const char *at;
	size_t size;
};

struct config_line {
	enum config_line_kind kind;
	unsigned int number; /* from 1 */
	/* The text of the line, without the newline and without a carriage return before it. */
	struct config_span text;
	bool carriage_return;
	size_t begin, end; /* offsets of the line with its newline */
	struct config_span key, value;
	/* The last filter that applies to this line, without brackets, such as "cm4". It is empty
	 * if the line is for all boards. filter_count is the number of filters that apply
	 * together. */
	struct config_span filter;
	unsigned int filter_count;
};

/* The state of reading a bootloader configuration line by line. */
struct config_scan {
	const char *text;
	size_t size, at;
	unsigned int number;
	bool foreign;
	/* The filter of each kind that applies to the current line. Its size is 0 if no filter of
	 * this kind applies. */
	struct config_span filters[CONFIG_FILTER_KINDS];
	struct config_span last;
};

/* Prepares the reading of a bootloader configuration from its first line.
 * Ownership: the text must outlive the scan. */
void config_scan_init(struct config_scan *scan, const char *text, size_t size);

/* Stores the next line of a bootloader configuration in *ret.
 * Returns: true, or false (the end of the text). */
bool config_scan_next(struct config_scan *scan, struct config_line *ret);

/* Returns: true if the span contains exactly the characters of text. */
bool config_span_is(struct config_span span, const char *text);

/* Returns: true if bootloaders are known to accept this filter, such as "cm4". The caller passes
 * the filter without its brackets. */
bool config_filter_is_known(struct config_span filter);

/* A change of one setting, such as [cm4]BOOT_ORDER=0xf41. */
struct config_edit {
	/* The filter that limits the setting to some boards, without brackets, such as "cm4". It is
	 * empty if the setting is for all boards. */
	struct config_span filter;
	struct config_span key;
	const char *value; /* NULL removes the setting */
};

/* Parses a change of the bootloader configuration, KEY=VALUE or [FILTER]KEY=VALUE. If unset is
 * true, the function parses KEY or [FILTER]KEY instead.
 * Returns: 0, or -EINVAL (arg has another form).
 * Ownership: the result points into arg. */
int config_edit_parse(struct config_edit *ret, const char *arg, bool unset, struct error *err);

/* The effect of a change of one setting, for a message to the user. */
struct config_effect {
	/* The value of the setting before the change, which points into the old text. If the
	 * setting is new, `at` of the span is NULL. */
	struct config_span old;
	unsigned int removed; /* the number of removed lines */
	/* A line of the configuration that sets the same key for other boards, by another filter.
	 * If no such line exists, its number is 0. */
	struct config_line other;
};

/* Makes a changed copy of the text. If a line with the same filter sets the key, that line gets the
 * new value. Otherwise the setting is added after the last line with this filter. All other bytes
 * stay.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with free(). */
int config_edit_apply(const struct config_edit *edit, const char *text, size_t size, char **ret,
		      size_t *ret_size, struct config_effect *ret_effect, struct error *err);

#endif
