/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the image itself, whatever it is wrapped in: read directly, expanded here, or from
 * the spool in which somebody else expands it. Knows no block maps. */
#ifndef FLASH_IMAGE_STREAM_H
#define FLASH_IMAGE_STREAM_H

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

/* Begins as {.facts, .input at the beginning, .spool or NULL}; ends with image_stream_done(). */
struct image_stream {
	struct image_facts facts;
	struct image_input input;
	struct spool *spool; /* one that was joined, which it leaves; NULL: does it itself */
	struct image_expand *expand;
	uint64_t at; /* of what comes next, where it does it itself */
	bool ended;
	char *skipped;
};

/* size bytes at offset, which is never before the end of those before; fewer only at the end of a
 * sound image (0: offset is there, or behind it). Or -Exxx: as image_reader_next(); nothing can be
 * read after that. */
ssize_t image_stream_read(struct image_stream *stream, void *buf, size_t size, uint64_t offset,
			  struct error *err);

/* Bytes of the file read so far; 0 as long as it all comes from the spool. */
uint64_t image_stream_consumed(const struct image_stream *stream);

/* Bytes behind its compressed data that were ignored, as far as this stream came there itself. */
uint64_t image_stream_ignored(const struct image_stream *stream);

void image_stream_done(struct image_stream *stream);

#endif
