/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed files for tests, made by the formats' own programs, and their damage. */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include "image/probe.h"

#include <stdbool.h>
#include <stddef.h>

/* Every format, IMAGE_RAW first. */
extern const enum image_format packed_formats[6];

/* Bytes of a file. */
struct packed {
	unsigned char *bytes;
	size_t size;
};

/* Content of an image: lines, and one third that no program makes smaller. */
struct packed packed_content(size_t size);

/* The content compressed; dir is for files on the way. options: of the program, or "". */
struct packed packed_new(const char *dir, enum image_format format, const char *options,
			 const struct packed *content);

/* Where the entry of its only file begins in the directory of a zip file. */
size_t packed_zip_directory(const struct packed *zip);

void packed_free(struct packed *packed);

/* Puts bytes behind, or cuts. */
void packed_append(struct packed *packed, const void *bytes, size_t size);

/* A path to open it by: a file without a name, or a pipe that holds all of it (at most
 * PACKED_PIPE_BYTES) and ends. Ends with close(*ret_fd). */
#define PACKED_PIPE_BYTES (1 << 20)
const char *packed_path(const struct packed *packed, bool as_pipe, int *ret_fd);

/* tree_path() that stays; for free(). */
char *packed_file(const char *dir, const char *name);

/* What a shell command must do in dir. */
void packed_shell(const char *dir, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct packed packed_read(const char *dir, const char *name);

#endif
