/* SPDX-License-Identifier: Apache-2.0 */
/* Determines the names and the times of the .sig files that the commands of rpiboot write, and
 * reads the files to sign. */
#ifndef CLI_SIGN_FILE_H
#define CLI_SIGN_FILE_H

#include "eeprom/signature.h"

/* rpiboot signs and verifies only files of at most this many bytes. */
#define SIGN_FILE_MAX (1024 * 1024 * 1024)

/* Returns: the path of the file that contains the signature of the file at path, such as boot.sig
 * for boot.img. Boards request both files. NULL if memory is exhausted.
 * Ownership: the caller frees the path with free(). */
char *sign_file_path(const char *path);

/* Reads a whole file of at most SIGN_FILE_MAX bytes that is to be signed or verified.
 * Returns and Ownership: like command_file_read(). */
int sign_file_read(const char *path, unsigned char **ret, size_t *ret_size, struct error *err);

/* True if path is a directory. */
bool sign_file_is_dir(const char *path);

/* Gets the time that is written into .sig files. It is the environment variable SOURCE_DATE_EPOCH
 * if it is set and not empty, else the clock.
 * Returns: 0, or -EINVAL (SOURCE_DATE_EPOCH is not a number). */
int sign_file_time(uint64_t *ret_seconds, struct error *err);

/* Warns that a second stage with a countersignature does not start on boards that do not have this
 * key. */
void sign_file_warn_countersigned(const char *path);

#endif
