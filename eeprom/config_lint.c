/* SPDX-License-Identifier: Apache-2.0 */
/* Checks each line of a bootloader configuration for mistakes. */
#include "eeprom/config_lint.h"

#include "boot/chip.h"
#include "eeprom/config.h"
#include "eeprom/config_keys.h"
#include "util/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The number of characters that the bootloader reads from each line of its configuration. It
 * ignores the rest of a longer line. */
#define LINE_LETTERS_MAX 98
/* The check for mistakes stops after this number of bytes. Every configuration that fits into an
 * EEPROM image is shorter. */
#define TEXT_BYTES_MAX	 16384
#define ORDER_DIGITS_MAX 8
#define SENTENCE_SIZE	 512
/* The maximum number of bytes of a setting's name or value that a message shows. */
#define SHOWN_MAX 80

struct lint {
	const struct chip *chip;
	lint_found *found;
	void *ctx;
	/* The number of the line that is being checked, or 0 while the whole configuration is
	 * checked. */
	unsigned int line;
	unsigned int errors;
	bool carriage_return; /* already reported */
};

static void lint_say(struct lint *lint, enum lint_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void lint_say(struct lint *lint, enum lint_level level, const char *fmt, ...)
{
	char text[SENTENCE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	lint->errors += level == LINT_ERROR;
	lint->found(lint->ctx, level, lint->line, text);
}

/* Arguments for "%.*s" of printf(): the length and the address of a text without a NUL at its
 * end. */
#define SHOWN(span) ((span).size < SHOWN_MAX ? (int)(span).size : SHOWN_MAX), (span).at

/* Reads a number from a setting's value. The number is decimal, or hexadecimal after 0x. */
static bool span_number(struct config_span span, int64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	bool minus = span.size && span.at[0] == '-';
	size_t i = minus;
	unsigned int base = 10;
	int64_t number = 0;

	if (span.size > i + 2 && span.at[i] == '0' && (span.at[i + 1] | 0x20) == 'x') {
		base = 16;
		i += 2;
	}
	if (i >= span.size)
		return false;
	for (; i < span.size; i++) {
		const char *digit = memchr(digits, tolower((unsigned char)span.at[i]), base);

		if (!digit || number > INT64_MAX / 32)
			return false;
		number = number * base + (digit - digits);
	}
	*ret = minus ? -number : number;
	return true;
}

/* Explains the value of BOOT_ORDER in words. Each hexadecimal digit of this setting is a boot mode,
 * and the bootloader tries the last digit first. */
static void order_explain(struct lint *lint, uint32_t order)
{
	static const char *const modes[16] = {
		[0x0] = "SD card (waits for one)",
		[0x1] = "SD card or eMMC",
		[0x2] = "network",
		[0x3] = "USB boot (rpiboot)",
		[0x4] = "USB disk",
		[0x5] = "USB 2 disk",
		[0x6] = "NVMe",
		[0x7] = "HTTP",
		[0xe] = "stop",
		[0xf] = "start again",
	};
	char words[SENTENCE_SIZE / 2] = "";

	do {
		unsigned int digit = order & 0xf;

		if (!modes[digit])
			lint_say(lint, LINT_WARNING, "BOOT_ORDER has the unknown digit %x", digit);
		text_add(words, sizeof(words), "%s%s", words[0] ? ", " : "",
			 modes[digit] ? modes[digit] : "unknown");
		order >>= 4;
		if (digit == 0xe || digit == 0xf)
			break;
		if (digit == 3 && order)
			lint_say(lint, LINT_WARNING,
				 "the bootloader never leaves the boot mode 3 of BOOT_ORDER (boot "
				 "by rpiboot over USB), so the digits to the left of the 3 have no "
				 "effect");
	} while (order);
	lint_say(lint, LINT_NOTE, "BOOT_ORDER tries: %s", words);
	if (order)
		lint_say(lint, LINT_WARNING,
			 "the bootloader reads BOOT_ORDER from right to left and stops at the "
			 "digit e or f, so the digits to the left of it have no effect");
}

static void order_check(struct lint *lint, const struct config_line *line)
{
	int64_t order;

	if (!span_number(line->value, &order) || order < 0)
		lint_say(lint, LINT_ERROR, "BOOT_ORDER is not a number: '%.*s'",
			 SHOWN(line->value));
	else if (order > UINT32_MAX)
		lint_say(lint, LINT_ERROR, "BOOT_ORDER has more than %d digits: '%.*s'",
			 ORDER_DIGITS_MAX, SHOWN(line->value));
	else
		order_explain(lint, (uint32_t)order);
}

static void number_check(struct lint *lint, const struct config_line *line,
			 const struct config_key *key)
{
	int64_t number;

	if (!span_number(line->value, &number))
		lint_say(lint, LINT_ERROR, "%s is not a number: '%.*s'", key->name,
			 SHOWN(line->value));
	else if (number < key->min || number > key->max)
		lint_say(lint, LINT_WARNING,
			 "%s=%.*s is out of range: the value must be from %" PRId64 " to %" PRId64,
			 key->name, SHOWN(line->value), key->min, key->max);
}

/* Checks the value of a setting that must be an IPv4 address. The value may be empty: 13 released
 * EEPROM images (2019-09 to 2020-04) have the line "TFTP_IP=" in their configuration. */
static void address_check(struct lint *lint, const struct config_line *line,
			  const struct config_key *key)
{
	struct config_span rest = line->value;
	unsigned int parts = 0;
	bool good = true;

	if (!rest.size)
		return;
	while (good && parts < 4) {
		const char *dot = rest.size ? memchr(rest.at, '.', rest.size) : NULL;
		struct config_span part = {rest.at, dot ? (size_t)(dot - rest.at) : rest.size};
		int64_t number = -1;

		good = part.size && part.size <= 3 && span_number(part, &number) && number >= 0 &&
		       number <= 255 && (dot != NULL) == (++parts < 4);
		rest.at += part.size + 1;
		rest.size -= dot ? part.size + 1 : part.size;
	}
	if (!good)
		lint_say(lint, LINT_ERROR,
			 "%s must be an IPv4 address such as 192.0.2.1, not '%.*s'", key->name,
			 SHOWN(line->value));
}

/* Copies a line. If its value is a number or an address, the copied value ends before the first
 * space or comment. The function reports the rest only as a warning, because no document states
 * that the bootloader refuses such a value. */
static struct config_line value_alone(struct lint *lint, const struct config_line *line,
				      const struct config_key *key)
{
	struct config_line alone = *line;
	size_t size = 0;

	while (size < line->value.size && !memchr(" \t#", line->value.at[size], 3))
		size++;
	if (key->type == CONFIG_TEXT || size == 0 || size == line->value.size)
		return alone;
	alone.value.size = size;
	lint_say(lint, LINT_WARNING,
		 "%s=%.*s is followed by spaces or a comment, which the bootloader may take as a "
		 "part "
		 "of the value: '%.*s'",
		 key->name, SHOWN(alone.value), SHOWN(line->value));
	return alone;
}

static void value_check(struct lint *lint, const struct config_line *line,
			const struct config_key *key)
{
	const struct config_line alone = value_alone(lint, line, key);

	switch (key->type) {
	case CONFIG_TEXT:
		break;
	case CONFIG_NUMBER:
		number_check(lint, &alone, key);
		break;
	case CONFIG_ORDER:
		order_check(lint, &alone);
		break;
	case CONFIG_ADDRESS:
		address_check(lint, &alone, key);
		break;
	}
}

static void unknown_key(struct lint *lint, const struct config_line *line)
{
	const struct config_key *nearest = config_key_nearest(line->key);

	if (nearest)
		lint_say(lint, LINT_WARNING, "unknown setting '%.*s'; the most similar one is %s",
			 SHOWN(line->key), nearest->name);
	else
		lint_say(lint, LINT_WARNING, "unknown setting '%.*s'", SHOWN(line->key));
}

static void setting_check(struct lint *lint, const struct config_line *line)
{
	const struct config_key *key = config_key_find(line->key);
	char last = line->key.at[line->key.size - 1];

	if (last == ' ' || last == '\t' || line->key.at[0] == ' ' || line->key.at[0] == '\t' ||
	    (line->value.size && (line->value.at[0] == ' ' || line->value.at[0] == '\t'))) {
		lint_say(lint, LINT_WARNING,
			 "spaces at the beginning of the line or beside '=' are not allowed");
		return;
	}
	if (!key) {
		unknown_key(lint, line);
		return;
	}
	if (!config_key_is_for(key, lint->chip))
		lint_say(lint, LINT_WARNING, "%s has no effect on %s", key->name, lint->chip->name);
	if (line->value.size >= 2 && line->value.at[0] == '"')
		lint_say(lint, LINT_WARNING, "the quotes become a part of the value of %s",
			 key->name);
	value_check(lint, line, key);
}

/* Warns about a line of the configuration that has no effect, because a later line for the same
 * boards sets the same key again. */
static void duplicate_check(struct lint *lint, struct config_scan rest,
			    const struct config_line *line)
{
	struct config_line later;

	while (config_scan_next(&rest, &later) && later.kind != CONFIG_FOREIGN &&
	       later.kind != CONFIG_FILTER)
		if (later.kind == CONFIG_SETTING && later.key.size == line->key.size &&
		    memcmp(later.key.at, line->key.at, line->key.size) == 0) {
			lint_say(lint, LINT_WARNING,
				 "'%.*s' has no effect, because line %u sets it again",
				 SHOWN(line->key), later.number);
			return;
		}
}

static void text_check(struct lint *lint, const struct config_line *line)
{
	if (line->carriage_return && !lint->carriage_return) {
		lint->carriage_return = true;
		lint_say(lint, LINT_WARNING,
			 "the line ends with a carriage return, as in files of Windows, but the "
			 "bootloader expects only a line feed");
	}
	if (line->text.size > LINE_LETTERS_MAX && line->text.at[0] != '#')
		lint_say(lint, LINT_WARNING,
			 "the line has %zu characters, but the bootloader reads only %d",
			 line->text.size, LINE_LETTERS_MAX);
	for (size_t i = 0; i < line->text.size; i++)
		if ((unsigned char)line->text.at[i] < ' ' && line->text.at[i] != '\t') {
			lint_say(lint, LINT_WARNING, "the line has a control character (%#04x)",
				 (unsigned char)line->text.at[i]);
			return;
		}
}

static void line_check(struct lint *lint, const struct config_line *line,
		       const struct config_scan *scan)
{
	switch (line->kind) {
	case CONFIG_FOREIGN: /* lines for the operating system */
		return;
	case CONFIG_BLANK:
		break;
	case CONFIG_SETTING:
		setting_check(lint, line);
		duplicate_check(lint, *scan, line);
		break;
	case CONFIG_FILTER:
		if (!config_filter_is_known(
			    (struct config_span){line->text.at + 1, line->text.size - 2}))
			lint_say(lint, LINT_WARNING, "unknown filter '%.*s'", SHOWN(line->text));
		break;
	case CONFIG_OTHER:
		lint_say(lint, LINT_WARNING,
			 "'%.*s' is neither KEY=VALUE nor a filter such as [cm4], so it has no "
			 "effect",
			 SHOWN(line->text));
		break;
	}
	text_check(lint, line);
}

unsigned int config_lint(const char *text, size_t size, const struct chip *chip, lint_found *found,
			 void *ctx)
{
	struct lint lint = {.chip = chip, .found = found, .ctx = ctx};
	struct config_scan scan = {.text = text, .size = size};
	struct config_line line;

	if (!size)
		lint_say(&lint, LINT_WARNING, "the configuration is empty");
	if (size > TEXT_BYTES_MAX) {
		lint_say(&lint, LINT_WARNING,
			 "the configuration has %zu bytes, but rpiboot checked only the first %d "
			 "for mistakes",
			 size, TEXT_BYTES_MAX);
		scan.size = TEXT_BYTES_MAX;
	}
	while (config_scan_next(&scan, &line)) {
		lint.line = line.number;
		line_check(&lint, &line, &scan);
	}
	return lint.errors;
}
