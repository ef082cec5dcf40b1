/* SPDX-License-Identifier: Apache-2.0 */
/* A table of the settings that bootloaders are known to read (docs/protocol.md, section 9). New
 * bootloaders add settings, so an unknown setting is never an error. */
#ifndef EEPROM_CONFIG_KEYS_H
#define EEPROM_CONFIG_KEYS_H

#include "eeprom/config.h"

#include <stdint.h>

struct chip;

enum config_type {
	CONFIG_TEXT, /* any text */
	CONFIG_NUMBER,
	CONFIG_ORDER,	/* BOOT_ORDER */
	CONFIG_ADDRESS, /* four decimal numbers with dots */
};

enum config_chips {
	CONFIG_ALL_CHIPS,
	/* a setting that only the bootloader of BCM2711 reads */
	CONFIG_FIRST_CHIP,
	CONFIG_LATER_CHIPS,
};

struct config_key {
	const char *name;
	enum config_type type;
	int64_t min, max; /* the range of plausible numbers */
	enum config_chips chips;
};

/* Returns: the known setting with this name, such as BOOT_ORDER, or NULL (the name is unknown). */
const struct config_key *config_key_find(struct config_span name);

/* Returns: the known setting whose name is most similar to a misspelt name, or NULL (no known name
 * is similar). */
const struct config_key *config_key_nearest(struct config_span name);

/* Returns: true if boards with this chip read the setting `key` from their bootloader
 * configuration. */
bool config_key_is_for(const struct config_key *key, const struct chip *chip);

#endif
