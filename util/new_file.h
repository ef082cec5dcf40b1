/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a file under a temporary name and then renames it, so that other programs see either the
 * whole old file or the whole new one. A signal such as that of Ctrl-C waits until the temporary
 * file is renamed or removed. */
#ifndef UTIL_NEW_FILE_H
#define UTIL_NEW_FILE_H

#include <stddef.h>

/* The size of a buffer for a file name with NAME_MAX (255) bytes and a NUL. */
#define NEW_FILE_NAME_SIZE 256

struct new_file {
	int fd;	    /* the temporary file, to read and write */
	int dir_fd; /* the directory; the caller closes it */
	const char *name;
	unsigned int held; /* signals postponed until new_file_end() */
	char temporary[NEW_FILE_NAME_SIZE];
};

/* Creates an empty temporary file in the directory dir_fd. name is the final name of the file, and
 * must stay valid as long as *ret. The umask limits the mode of the file.
 * Returns: 0, or -Exxx, such as -EACCES.
 * Ownership: the caller frees *ret with new_file_end(). The caller frees the first of several files
 * last, because the first one postpones the signals. */
int new_file_create(struct new_file *ret, int dir_fd, const char *name);

/* Appends bytes to the temporary file.
 * Returns: 0, or -Exxx, such as -ENOSPC (the disk is full). */
int new_file_write(struct new_file *file, const void *data, size_t size);

/* Flushes the temporary file to the disk and renames it to its final name. After an error before
 * the rename, an old file of this name is unchanged.
 * Returns: 0, or -Exxx. */
int new_file_commit(struct new_file *file);

/* Closes the temporary file, and removes it if new_file_commit() did not rename it. */
void new_file_end(struct new_file *file);

#endif
