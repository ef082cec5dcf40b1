/* SPDX-License-Identifier: Apache-2.0 */
/* Delivers the decompressed bytes of an image at ascending offsets. They come from a temporary file
 * with the decompressed image (the spool), a decoder, or the image file itself. */
#ifndef IMAGE_STREAM_H
#define IMAGE_STREAM_H

#include "image/probe.h"
#include "image/file.h"

/* A stream reads an image once from beginning to end. Before the first read, the caller sets
 * `facts` (the format and size of the image) and `spool` (a second source of the image, or NULL),
 * and initializes `cursor` (the position in the image file) with image_cursor_init(). The caller
 * ends the stream with image_stream_done(). */
struct image_stream {
	struct image_facts facts;
	struct image_cursor cursor;
	/* A layer that reads the decompressed image from a temporary file, the spool. NULL if the
	 * image is read from the image file itself.
	 * Ownership: image_stream_done() frees this layer. */
	struct image_layer *spool;
	/* The source of the bytes: the spool (a temporary file), a decoder or the image file. It is
	 * NULL before the first read. After each successful read, its member used_bytes is the
	 * number of bytes of the image file that the stream has used, or 0 if all bytes came from
	 * the spool. ignored_bytes is the number of bytes after the end of the compressed image
	 * that were ignored. It is 0 if the stream has not read the image file up to its end, for
	 * example because all bytes came from the spool. */
	struct image_layer *layer;
	/* True if the temporary file with the decompressed image (the spool) could not be
	 * completed, because its disk became full. The image is then read from the image file. */
	bool spool_full;
	uint64_t at; /* the offset of the next byte */
	bool ended;
	char *skipped;
};

/* Returns: true if the stream reads the image from the spool (a temporary file), and not from the
 * image file. */
static inline bool image_stream_uses_spool(const struct image_stream *stream)
{
	return stream->spool && !stream->spool_full;
}

/* Reads size bytes at offset of the decompressed image into buf. offset must not be before the end
 * of the bytes that were read before.
 * Returns: the number of bytes, which is below size only at the end of an undamaged image (0 at or
 * after the end); or an error of image_reader_next(). After an error, no more bytes can be read. */
ssize_t image_stream_read(struct image_stream *stream, void *buf, size_t size, uint64_t offset,
			  struct error *err);

void image_stream_done(struct image_stream *stream);

#endif
