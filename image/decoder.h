/* SPDX-License-Identifier: Apache-2.0 */
/* Expands a compressed image from its beginning to its end, and notices all damage that the format
 * makes noticeable. Knows no block maps. */
#ifndef FLASH_IMAGE_EXPAND_H
#define FLASH_IMAGE_EXPAND_H

#include "image/probe.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image_expand;
struct image_input;

/* input (copied) is at the beginning of the file; any format but IMAGE_RAW. 0, -ENOMEM, or
 * -EOPNOTSUPP where libarchive was built without this format. Ends with image_expand_free()
 * (NULL-safe, returns NULL). */
int image_expand_new(struct image_expand **ret, enum image_format format,
		     const struct image_input *input, struct error *err);
struct image_expand *image_expand_free(struct image_expand *expand);

/* The next 1..size bytes; 0 at the end of a sound file that has nothing behind its end; -EBADMSG:
 * damaged, cut off, garbage behind the end; -EINVAL: a zip of no use; or as image_input_read(). */
ssize_t image_expand_read(struct image_expand *expand, void *buf, size_t size, struct error *err);

/* Bytes of the file that went into what was read so far. */
uint64_t image_expand_consumed(const struct image_expand *expand);

/* At the end: bytes behind the compressed data that were ignored. */
uint64_t image_expand_ignored(const struct image_expand *expand);

#endif
