/* SPDX-License-Identifier: Apache-2.0 */
/* The bootloader configuration, which is the file bootconf.txt of an EEPROM image: lines KEY=VALUE,
 * and filters such as [cm4] that limit the lines after them to some boards (docs/protocol.md,
 * section 9). These functions read and change the text, without regard to the meaning of the
 * keys. */
#ifndef EEPROM_CONFIG_H
#define EEPROM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum config_line_kind {
	CONFIG_BLANK, /* empty, or a comment */
	CONFIG_SETTING,
	CONFIG_FILTER,
	/* A line that is neither a setting (KEY=VALUE) nor a filter (such as [cm4]). The bootloader
	 * ignores the line. */
	CONFIG_OTHER,
	/* In a bootloader configuration, the line [config.txt] and all lines after it belong to the
	 * operating system. The bootloader does not read them. */
	CONFIG_FOREIGN,
};

/* A part of a longer text, stored as its address and its size in bytes. It does not end with a
 * NUL. */
struct config_span {
	const char *at;
	size_t size;
};

struct config_line {
	enum config_line_kind kind;
	unsigned int number; /* from 1 */
	/* The text of one line of the bootloader configuration, without its newline or carriage
	 * return. */
	struct config_span text;
	bool carriage_return;
	/* The offsets in the configuration at which this line begins and ends. The newline belongs
	 * to the line. */
	size_t begin, end;
	struct config_span key, value;
	/* The name of the last filter that applies to this line of the configuration, such as "cm4"
	 * for [cm4]. It is empty if the line is for all boards. */
	struct config_span filter;
	unsigned int filter_count;
};

/* State for reading a bootloader configuration line by line: the current position, and the filters
 * that apply to the current line. The caller sets `text` and `size`; all other members are zeros.
 * Ownership: the text of the configuration must outlive the scan. */
struct config_scan {
	const char *text;
	size_t size, at;
	unsigned int number;
	bool foreign;
	/* The kinds of filters that are in effect at the current line of the configuration, such as
	 * [cm4] and [gpio4=1]. Each kind has one bit. */
	unsigned int filters;
	/* The last filter before the current line, without its brackets. */
	struct config_span last;
};

/* Each call stores the next line of a bootloader configuration in *ret.
 * Returns: true, or false (no more lines). */
bool config_scan_next(struct config_scan *scan, struct config_line *ret);

/* Returns: true if `span` contains the same characters as the string `text`. */
bool config_span_is(struct config_span span, const char *text);

/* filter: the name of a filter that selects boards, without its brackets, such as "cm4" for [cm4].
 * Returns: true if rpiboot knows that bootloaders accept this filter. */
bool config_filter_is_known(struct config_span filter);

/* A change of one setting of a bootloader configuration, such as [cm4]BOOT_ORDER=0xf41. */
struct config_edit {
	/* The name of the filter that selects the boards, such as "cm4" in [cm4]KEY=VALUE. It is
	 * empty if the setting is for all boards. */
	struct config_span filter;
	struct config_span key;
	const char *value; /* NULL removes the setting */
};

/* Parses a change of a bootloader configuration, which has the form KEY=VALUE or [FILTER]KEY=VALUE.
 * If unset is true, the form has no =VALUE.
 * Returns: 0, or -EINVAL (arg has another form).
 * Ownership: the result points into arg. */
int config_edit_parse(struct config_edit *ret, const char *arg, bool unset, struct error *err);

/* The effect of one edit on a bootloader configuration. Each command that makes edits prints this
 * effect. */
struct config_effect {
	/* The value of the setting before the edit. It points into the text that was passed to
	 * config_edit_apply(), or is NULL if the setting did not exist. */
	struct config_span old;
	unsigned int removed; /* the number of removed lines */
	/* The last line that has the same key as the edit, but another filter, and is thus for
	 * other boards. The edit does not change it. If there is no such line, its line number is
	 * 0. */
	struct config_line other;
};

/* Makes a changed copy of the text of a bootloader configuration. If a line with the same filter
 * sets the key, that line gets the new value. Otherwise the setting is added after the last line
 * with this filter. All other bytes stay.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with free(). */
int config_edit_apply(const struct config_edit *edit, const char *text, size_t size, char **ret,
		      size_t *ret_size, struct config_effect *ret_effect, struct error *err);

#endif
