/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses an image file from beginning to end, and detects all damage that the checksums of
 * the compression format reveal. */
#ifndef IMAGE_DECODER_H
#define IMAGE_DECODER_H

#include "image/layer.h"
#include "image/probe.h"

struct image_cursor;

/* Creates a decoder for a compressed file. format is any format except IMAGE_RAW. The function
 * copies cursor, which must be at the beginning of the file. The decoder cannot skip bytes.
 *
 * Its read() returns 0 only at the end of an undamaged file without trailing data. Its errors are
 * -EBADMSG (the file is damaged, truncated or has trailing data); -EINVAL (unusable content, such
 * as a zip file with several files); -EOPNOTSUPP (libarchive was built without support for the
 * format); -ENOMEM (also if the window of a zstd file is too large for this machine); and the
 * errors of a cursor.
 * Returns: 0 or -ENOMEM.
 * Ownership: the caller frees *ret with image_layer_free(). */
int image_decoder_new(struct image_layer **ret, enum image_format format,
		      const struct image_cursor *cursor, struct error *err);

/* These functions create the decoders for gzip (with zlib) and for zstd (with libzstd), and have
 * the contract of image_decoder_new(). They do not use libarchive, because it does not verify gzip
 * checksums and rejects zstd windows of more than 128 MiB. */
int image_gzip_new(struct image_layer **ret, const struct image_cursor *cursor, struct error *err);
int image_zstd_new(struct image_layer **ret, const struct image_cursor *cursor, struct error *err);

#endif
