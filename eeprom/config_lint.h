/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for mistakes in a bootloader configuration. */
#ifndef EEPROM_CONFIG_LINT_H
#define EEPROM_CONFIG_LINT_H

#include <stddef.h>

struct chip;

enum lint_level {
	LINT_NOTE,    /* an explanation, such as BOOT_ORDER in words */
	LINT_WARNING, /* probably not what was meant */
	LINT_ERROR,   /* cannot work */
};

/* Receives one finding. line: from 1, or 0 for the whole text. text: one sentence, valid only
 * during the call. It may contain untrusted bytes. */
typedef void lint_found(void *ctx, enum lint_level level, unsigned int line, const char *text);

/* Checks a configuration for a chip, and calls found() for each finding in the order of lines.
 * Returns: how many findings are errors. */
unsigned int config_lint(const char *text, size_t size, const struct chip *chip, lint_found *found,
			 void *ctx);

#endif
