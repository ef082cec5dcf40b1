/* SPDX-License-Identifier: Apache-2.0 */
/* Separates the path of a file into its directory and its name. */
#ifndef UTIL_PATH_H
#define UTIL_PATH_H

#include <stdbool.h>

/* Returns: true if this character separates the directories in a path. '/' does so on each system.
 * '\\' does so only on Windows, because other systems permit it in names. */
bool path_separates(char c);

/* Returns: the part of the path after its last directory, such as "file" for "dir/file". It is ""
 * if the path ends with a directory, and the path itself if the path has no directory.
 * Ownership: the result is a part of path. */
const char *path_name(const char *path);

/* Opens the directory in which the file `path` is, or "." if the path names no directory.
 * Returns: a file descriptor, or -Exxx, such as -ENOENT.
 * Ownership: the caller closes the file descriptor. */
int path_dir_open(const char *path);

#endif
