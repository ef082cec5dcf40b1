/* SPDX-License-Identifier: Apache-2.0 */
/* The directory that the option --dry-run of `rpiboot recover` creates. */
#ifndef CLI_RECOVER_DIR_H
#define CLI_RECOVER_DIR_H

#include <stdbool.h>

struct error;
struct recover;

/* Writes the recovery files of all chips into the new directory dir, and prints on stderr how to
 * serve them to a board, unless `quiet` (the option -q) is true. After an error, dir does not
 * exist.
 * Returns: 0, or -Exxx, such as -EEXIST. */
int recover_dir_write(const struct recover *recover, const char *dir, bool quiet,
		      struct error *err);

#endif
