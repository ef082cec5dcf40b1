/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed files for tests, made by the programs of their formats, and functions to damage them.
 */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include "image/probe.h"

#include <stdbool.h>
#include <stddef.h>

/* All formats; IMAGE_RAW is the first. */
extern const enum image_format packed_formats[6];

/* The bytes of a file. */
struct packed {
	unsigned char *bytes;
	size_t size;
};

/* Makes the content of an image: lines, and one third that cannot be compressed. */
struct packed packed_content(size_t size);

/* Compresses the content. dir: for temporary files. options: of the program, or "". */
struct packed packed_new(const char *dir, enum image_format format, const char *options,
			 const struct packed *content);

/* Returns: the offset of the entry for the only file in the directory of a zip file. */
size_t packed_zip_directory(const struct packed *zip);

void packed_free(struct packed *packed);

/* Appends bytes, or cuts the file. */
void packed_append(struct packed *packed, const void *bytes, size_t size);

/* Returns: a path that opens the bytes: an unnamed file, or a pipe with all bytes (at most
 * PACKED_PIPE_BYTES) and a closed end. The caller closes *ret_fd. */
#define PACKED_PIPE_BYTES (1 << 20)
const char *packed_path(const struct packed *packed, bool as_pipe, int *ret_fd);

/* Like tree_path(). Ownership: the caller frees the result. */
char *packed_file(const char *dir, const char *name);

/* Runs a shell command in dir, which must succeed. */
void packed_shell(const char *dir, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct packed packed_read(const char *dir, const char *name);

#endif
