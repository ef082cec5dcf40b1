/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for mistakes in a bootloader configuration, such as unknown settings. */
#ifndef EEPROM_CONFIG_LINT_H
#define EEPROM_CONFIG_LINT_H

#include <stddef.h>

struct chip;

enum lint_level {
	LINT_NOTE,    /* explains a setting, such as BOOT_ORDER */
	LINT_WARNING, /* probably a mistake */
	LINT_ERROR,   /* the setting cannot work */
};

/* Receives one finding about a bootloader configuration. line is the number of the line from 1, or
 * 0 if the finding is about the whole text. text is one sentence, which may contain untrusted bytes
 * and is valid only during the call. */
typedef void lint_found(void *ctx, enum lint_level level, unsigned int line, const char *text);

/* Checks a bootloader configuration for boards with this chip. Calls found() for each mistake, and
 * for each setting that it explains to the user, such as BOOT_ORDER. The calls are in the order of
 * the lines.
 * Returns: the number of mistakes that are errors. */
unsigned int config_lint(const char *text, size_t size, const struct chip *chip, lint_found *found,
			 void *ctx);

#endif
