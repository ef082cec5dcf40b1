/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a file under a temporary name and then renames it, so that other programs see the old file
 * or the whole new one. */
#ifndef UTIL_NEW_FILE_H
#define UTIL_NEW_FILE_H

#include <stddef.h>

#define NEW_FILE_NAME_SIZE 256 /* room for NAME_MAX bytes and a NUL */

struct new_file {
	int fd;	    /* the open file, for reading and writing */
	int dir_fd; /* belongs to the caller */
	const char *name;
	char temporary[NEW_FILE_NAME_SIZE];
};

/* Creates an empty temporary file in a directory. name is the later name of the file, and must
 * outlive *ret. The umask limits the mode of the file.
 * Returns: 0, or -Exxx, such as -EACCES.
 * Ownership: the caller ends *ret with new_file_end(). */
int new_file_create(struct new_file *ret, int dir_fd, const char *name);

/* Appends bytes. Returns: 0, or -Exxx, such as -ENOSPC. */
int new_file_write(struct new_file *file, const void *data, size_t size);

/* Flushes the file to the disk and gives it its name. After an error, a file that had this name
 * before is unchanged.
 * Returns: 0, or -Exxx. */
int new_file_commit(struct new_file *file);

/* Closes the file, and removes it if it was not committed. */
void new_file_end(struct new_file *file);

#endif
