/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes files for commands such as `rpiboot sign`. The path "-" stands for standard
 * input or standard output. */
#ifndef CLI_COMMAND_FILE_H
#define CLI_COMMAND_FILE_H

#include <stddef.h>

struct error;

/* Returns: the path DIR/NAME, or NULL (out of memory).
 * Ownership: the caller frees the path with free(). */
char *command_file_path(const char *dir, const char *name);

/* Reads a whole file of at most max_bytes.
 * Returns: 0, or -Exxx, such as -ENOENT or -EFBIG (the file is larger).
 * Ownership: the caller frees *ret with free(). *ret is not NULL even if the file is empty. A NUL
 * that *ret_size does not include follows the last byte. */
int command_file_read(const char *path, size_t max_bytes, unsigned char **ret, size_t *ret_size,
		      struct error *err);

/* Writes a file. An existing file is replaced only when all bytes are on the disk and the file was
 * read back and compared; after an error it is unchanged. A link stays, and its target is replaced.
 * Returns: 0, or -Exxx, such as -EISDIR (path is no regular file) or -ENOSPC. */
int command_file_write(const char *path, const void *data, size_t size, struct error *err);

/* Stores an error message in *err: the file cannot be written.
 * code: the reason, a negative errno.
 * Returns: code. */
int command_file_fail(const char *path, int code, struct error *err);

/* Checks that a command does not replace a file that it also reads, such as a private key.
 * output and input: the paths of the two files. Each of them may be NULL or "-".
 * Returns: 0, or -EINVAL (both paths lead to the same file). */
int command_file_check_output(const char *output, const char *input, struct error *err);

#endif
