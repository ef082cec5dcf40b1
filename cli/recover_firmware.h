/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the newest recovery firmware and EEPROM image on this host for a chip. */
#ifndef CLI_RECOVER_FIRMWARE_H
#define CLI_RECOVER_FIRMWARE_H

#include "eeprom/info.h"

#include <stddef.h>

struct chip;
struct error;
struct firmware;
struct recover_line;

/* A firmware file that was found on this host. data is NULL if no file was found. */
struct recover_found {
	char *path;
	unsigned char *data;
	size_t size;
	struct info_build build;
};

struct recover_firmware {
	struct recover_found stage; /* the recovery firmware */
	struct recover_found image; /* the EEPROM image */
};

/* Finds the recovery firmware and the EEPROM image for one chip: the files that the command line
 * names, or else the newest files in the directory of --firmware or in the usual directories.
 * Returns: 0, also if a file is missing, or -Exxx (a named file is unreadable or of no known kind).
 * Ownership: the caller frees *ret with recover_firmware_done(). */
int recover_firmware_find(struct recover_firmware *ret, const struct recover_line *line,
			  const struct firmware *firmware, const struct chip *chip,
			  struct error *err);
void recover_firmware_done(struct recover_firmware *found);

#endif
