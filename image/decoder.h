/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses an image file from beginning to end. The decoder detects all damage that the
 * compression format makes detectable. It does not know block maps. */
#ifndef IMAGE_DECODER_H
#define IMAGE_DECODER_H

#include "image/probe.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image_expand;
struct image_input;

/* Creates a decoder for a compressed file. format is any format except IMAGE_RAW. The function
 * copies input, which must be at the beginning of the file.
 * Returns: 0 or -ENOMEM. If libarchive was built without support for the format, the first
 * image_expand_read() fails.
 * Ownership: the caller frees *ret with image_expand_free(), which accepts NULL and returns
 * NULL. */
int image_expand_new(struct image_expand **ret, enum image_format format,
		     const struct image_input *input, struct error *err);
struct image_expand *image_expand_free(struct image_expand *expand);

/* Decompresses the next 1 to size bytes into buf.
 * Returns: the number of bytes; 0 at the end of an undamaged file without trailing data;
 * -EBADMSG (the file is damaged, truncated or has trailing data); -EINVAL (unusable content,
 * such as a zip file with several files); -EOPNOTSUPP (libarchive was built without support for
 * the format); -ENOMEM; or an error of image_input_read(). */
ssize_t image_expand_read(struct image_expand *expand, void *buf, size_t size, struct error *err);

/* Returns: how many bytes of the compressed file the decoder has used for the output so far. */
uint64_t image_expand_consumed(const struct image_expand *expand);

/* Returns: how many bytes of trailing data after the compressed data were ignored. The number is
 * final once image_expand_read() has returned 0. */
uint64_t image_expand_ignored(const struct image_expand *expand);

#endif
