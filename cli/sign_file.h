/* SPDX-License-Identifier: Apache-2.0 */
/* Determines the names of signature files (.sig), and the time that a new signature file states. */
#ifndef CLI_SIGN_FILE_H
#define CLI_SIGN_FILE_H

#include "eeprom/signature.h"

/* The maximum size in bytes of a file that rpiboot signs or verifies. */
#define SIGN_FILE_MAX (1024 * 1024 * 1024)

/* Returns: the path of the signature file that belongs to the file at path, such as boot.sig for
 * boot.img, or NULL (out of memory).
 * Ownership: the caller frees the path with free(). */
char *sign_file_path(const char *path);

/* Returns: true if path is a directory. */
bool sign_file_is_dir(const char *path);

/* Gets the time for new .sig files: the environment variable SOURCE_DATE_EPOCH if it is set and not
 * empty, otherwise the current time.
 * Returns: 0, or -EINVAL (SOURCE_DATE_EPOCH is not a number). */
int sign_file_time(uint64_t *ret_seconds, struct error *err);

/* Warns the user that a second-stage bootloader signed with the user's key starts only on boards
 * that are locked to this key. */
void sign_file_warn_countersigned(const char *path);

#endif
