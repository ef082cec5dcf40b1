/* SPDX-License-Identifier: Apache-2.0 */
/* Delivers the decompressed bytes of an image. A stream reads the file directly, decompresses
 * it, or reads from a spool that another thread fills. This file does not know block maps. */
#ifndef IMAGE_STREAM_H
#define IMAGE_STREAM_H

#include "image/probe.h"
#include "image/file.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image_expand;
struct spool;

/* The state of one stream. The caller initializes facts, input (at the beginning of the file)
 * and spool (or NULL). The caller ends the stream with image_stream_done(). */
struct image_stream {
	struct image_facts facts;
	struct image_input input;
	/* A spool that the caller has joined. The stream leaves it. NULL: the stream
	 * decompresses the image itself. */
	struct spool *spool;
	struct image_expand *expand;
	/* The offset of the next byte, if the stream does not read from the spool. */
	uint64_t at;
	bool ended;
	char *skipped;
};

/* Reads size bytes at offset into buf. offset must not be before the end of the bytes that were
 * read before.
 * Returns: the number of bytes, which is below size only at the end of an undamaged image (0 at
 * or after the end); or an error of image_reader_next(). After an error, no more bytes can be
 * read. */
ssize_t image_stream_read(struct image_stream *stream, void *buf, size_t size, uint64_t offset,
			  struct error *err);

/* Returns: how many bytes of the file this stream has used. 0 while all bytes come from the
 * spool. */
uint64_t image_stream_consumed(const struct image_stream *stream);

/* Returns: how many bytes of trailing data after the compressed data were ignored. 0 if this
 * stream did not reach the end of the file itself. */
uint64_t image_stream_ignored(const struct image_stream *stream);

void image_stream_done(struct image_stream *stream);

#endif
