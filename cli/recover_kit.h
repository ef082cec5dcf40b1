/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares the files with which `rpiboot recover` updates the bootloader EEPROM of boards. Each
 * chip needs its own set of files, a kit. */
#ifndef CLI_RECOVER_KIT_H
#define CLI_RECOVER_KIT_H

#include "board/recover.h"
#include "config.h"

#include <stdbool.h>

struct error;
struct firmware;
struct options;
struct recover_line;

/* Makes the recovery files (kits) of all chips for which there is firmware. Prints the chosen
 * firmware and each change of an image on stderr. Call this function before the sandbox becomes
 * active, because it reads files and may run the program that signs.
 * Returns: 0, or -Exxx, with the exit status in *ret_status.
 * Ownership: the caller frees *ret with recover_free(), which accepts NULL and returns NULL. */
int recover_new(struct recover **ret, struct recover_line *line, const struct firmware *firmware,
		bool then_disk, enum exit_status *ret_status, struct error *err);
struct recover *recover_free(struct recover *recover);

/* Does the work of `rpiboot recover` that comes before the first board: makes the recovery files
 * (kits) or, with --dry-run, writes them to a directory. Prints a message if this fails.
 * Returns: true if boards are to be served with *ret, or false with the exit status in
 * *ret_status. */
bool recover_prepare(struct recover **ret, struct recover_line *line, const struct options *options,
		     const struct firmware *firmware, enum exit_status *ret_status);

#endif
