/* SPDX-License-Identifier: Apache-2.0 */
/* Examines an image file without decompressing it. Determines the compression format and the
 * decompressed size, and rejects a file that is truncated or has trailing data. */
#ifndef IMAGE_PROBE_H
#define IMAGE_PROBE_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct image_file;

enum image_format {
	IMAGE_RAW, /* any other content */
	IMAGE_XZ,
	IMAGE_GZIP,
	IMAGE_BZIP2,
	IMAGE_ZSTD,
	IMAGE_ZIP,
};

struct image_facts {
	enum image_format format;
	uint64_t bytes; /* decompressed size; 0 if unknown */
};

/* image_format_name() returns the name of a format, such as "xz". image_format_file() returns the
 * term that messages use for a file of this format, such as "an xz file". */
const char *image_format_name(enum image_format format);
const char *image_format_file(enum image_format format);

/* Detects the compression format of a file by its first `size` bytes, which are in `head`. If the
 * file is small, `head` contains the whole file. */
enum image_format image_probe_format(const unsigned char *head, size_t size);

/* Detects the format and checks the structure of the file. For a pipe, only the format is
 * detected.
 * Returns: 0; -EBADMSG (the file is truncated, damaged or has trailing data); -EINVAL (the file
 * is undamaged but unusable: a zip file with two files, an encrypted file, or a file that needs
 * a dictionary); or the -errno of reading the file. */
int image_probe(const struct image_file *file, struct image_facts *ret, struct error *err);

/* Reads the window size of a zstd file from its first bytes, which are in `head`. Decompressing the
 * file needs as much memory as its window.
 * Returns: the window size in bytes, or 0 (`head` does not contain it). */
uint64_t image_probe_zstd_window(const unsigned char *head, size_t size);

/* Checks that a zip file ends with its directory.
 * tail: the last IMAGE_ZIP_TAIL_BYTES bytes of the file, or the whole file if it is shorter.
 * end: the offset of the end of the file.
 * Returns: 0, -EBADMSG (the directory is missing or damaged) or -EINVAL (one part of a split zip
 * file). */
#define IMAGE_ZIP_TAIL_BYTES (56 + 20 + 22 + 65535)
int image_probe_zip_tail(const struct image_file *file, const unsigned char *tail,
			 size_t tail_bytes, uint64_t end, struct error *err);

#endif
