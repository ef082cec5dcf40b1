/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known of an image file without expanding it: its format, by content; how long it is
 * expanded; whether it is cut off or has something behind its end. Knows no decoder. */
#ifndef FLASH_IMAGE_PROBE_H
#define FLASH_IMAGE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct image_source;

enum image_format {
	IMAGE_RAW, /* everything that is none of the others */
	IMAGE_XZ,
	IMAGE_GZIP,
	IMAGE_BZIP2,
	IMAGE_ZSTD,
	IMAGE_ZIP,
};

struct image_facts {
	enum image_format format;
	uint64_t bytes; /* expanded, as the file says; 0: it does not say */
};

const char *image_format_name(enum image_format format);

/* The format by the first bytes of a file, or by all of it where it is shorter. */
enum image_format image_probe_format(const unsigned char *head, size_t size);

/* Of a pipe only the format is found. 0; -EBADMSG: cut off, damaged, or more behind its end;
 * -EINVAL: sound, but of no use (a zip of two files, encrypted, needs a dictionary); another -Exxx:
 * cannot be read. */
int image_probe(const struct image_source *source, struct image_facts *ret, struct error *err);

/* The window of a zstd file, in bytes, by its first frame; 0: it is not among these bytes. */
uint64_t image_probe_zstd_window(const unsigned char *head, size_t size);

/* The last bytes of a zip file, as much as IMAGE_ZIP_TAIL_BYTES of them, that ends at byte `end`:
 * does it end with its directory? 0 or -EBADMSG. */
#define IMAGE_ZIP_TAIL_BYTES (56 + 20 + 22 + 65535)
int image_probe_zip_tail(const char *said, const unsigned char *tail, size_t tail_bytes,
			 uint64_t end, struct error *err);

#endif
