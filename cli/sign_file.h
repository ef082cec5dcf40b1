/* SPDX-License-Identifier: Apache-2.0 */
/* Names and makes the .sig files of commands. */
#ifndef CLI_SIGN_FILE_H
#define CLI_SIGN_FILE_H

#include "eeprom/signature.h"

/* The largest file that is signed or verified. */
#define SIGN_FILE_MAX (1024 * 1024 * 1024)

/* Returns: the path of the .sig file that boards request together with a file, such as boot.sig
 * for boot.img, or NULL (out of memory).
 * Ownership: the caller frees the path with free(). */
char *sign_file_path(const char *path);

/* Reads a file of at most SIGN_FILE_MAX bytes. Returns and Ownership: like command_file_read(). */
int sign_file_read(const char *path, unsigned char **ret, size_t *ret_size, struct error *err);

/* True if path is a directory. */
bool sign_file_is_dir(const char *path);

/* Gets the time for .sig files: SOURCE_DATE_EPOCH if it is set and not empty, else the clock.
 * Returns: 0, or -EINVAL (SOURCE_DATE_EPOCH is not a number). */
int sign_file_time(uint64_t *ret_seconds, struct error *err);

/* Warns that a countersigned second stage does not start on other boards. */
void sign_file_warn_countersigned(const char *path);

#endif
