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
	CONFIG_OTHER, /* anything else; the bootloader ignores it */
	/* The line [config.txt] and all lines after it. They belong to the operating system. */
	CONFIG_FOREIGN,
};

/* A part of the text. It has no NUL at its end. */
struct config_span {
	const char *at;
	size_t size;
};

struct config_line {
	enum config_line_kind kind;
	unsigned int number; /* from 1 */
	/* The line without its line end. A carriage return at its end is not a part of it. */
	struct config_span text;
	bool carriage_return;
	size_t begin, end; /* offsets of the line with its line end */
	struct config_span key, value;
	/* The last filter that applies to this line, without brackets. Empty: the line is for all
	 * boards. filter_count: how many filters apply together. */
	struct config_span filter;
	unsigned int filter_count;
};

/* Reads a text from its first line to its last. */
struct config_scan {
	const char *text;
	size_t size, at;
	unsigned int number;
	bool foreign;
	struct config_span filters[CONFIG_FILTER_KINDS]; /* by kind; a size of 0: no filter */
	struct config_span last;
};

/* The text must outlive the scan. */
void config_scan_init(struct config_scan *scan, const char *text, size_t size);

/* Reads the next line. Returns: false at the end of the text. */
bool config_scan_next(struct config_scan *scan, struct config_line *ret);

/* True if the span is this text. */
bool config_span_is(struct config_span span, const char *text);

/* True if the bootloader knows a filter of this form. filter: without brackets. */
bool config_filter_is_known(struct config_span filter);

/* A change of one setting, such as [cm4]BOOT_ORDER=0xf41. */
struct config_edit {
	struct config_span filter; /* without brackets; empty: for all boards */
	struct config_span key;
	const char *value; /* NULL: remove the setting */
};

/* Parses KEY=VALUE or [FILTER]KEY=VALUE. unset: parses KEY or [FILTER]KEY instead.
 * Returns: 0, or -EINVAL.
 * Ownership: the result points into arg. */
int config_edit_parse(struct config_edit *ret, const char *arg, bool unset, struct error *err);

/* The effect of a change, for a message. */
struct config_effect {
	/* The value before the change, or an empty span with at == NULL if there was none. It
	 * points into the text before the change. */
	struct config_span old;
	unsigned int removed; /* how many lines were removed */
	/* A line with another filter that sets the same key. Its number is 0 if there is none. */
	struct config_line other;
};

/* Makes a changed copy of the text. A setting is replaced in place if a line with the same filter
 * sets it, and else it is added at the end of the lines with this filter. All other bytes stay.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with free(). */
int config_edit_apply(const struct config_edit *edit, const char *text, size_t size, char **ret,
		      size_t *ret_size, struct config_effect *ret_effect, struct error *err);

#endif
