/* SPDX-License-Identifier: Apache-2.0 */
/* Delivers the decompressed bytes of an image, with or without a spool. This file does not know
 * block maps. */
#include "image/stream.h"

#include "util/error.h"
#include "image/decoder.h"
#include "image/spool.h"

#include <errno.h>
#include <stdlib.h>

#define STREAM_SKIP_BYTES (128 * 1024)

/* Reads the next 1 to size bytes of the image, without the spool.
 * Returns: the number of bytes, 0 at the end or a negative errno value. */
static ssize_t stream_next(struct image_stream *stream, void *buf, size_t size, struct error *err)
{
	int r;

	if (stream->facts.format == IMAGE_RAW)
		return image_input_read(&stream->input, buf, size, err);
	if (!stream->expand) {
		r = image_expand_new(&stream->expand, stream->facts.format, &stream->input, err);
		if (r < 0)
			return r;
	}
	return image_expand_read(stream->expand, buf, size, err);
}

/* Checks that the stream does not exceed the size that the file states, and matches this size at
 * the end. An empty image is an error, too. */
static int stream_check_size(const struct image_stream *stream, struct error *err)
{
	const char *said = stream->input.source->said;
	uint64_t bytes = stream->facts.bytes;

	if (stream->ended && stream->at == 0)
		return error_set(err, -EBADMSG, "%s holds no image: it expands to nothing", said);
	if (!bytes || (stream->ended ? stream->at == bytes : stream->at <= bytes))
		return 0;
	return error_set(err, -EBADMSG,
			 "%s is damaged: it expands to %llu bytes%s, but says that these are %llu: "
			 "fetch it again",
			 said, (unsigned long long)stream->at, stream->ended ? "" : " and more",
			 (unsigned long long)bytes);
}

/* Reads size bytes, or fewer at the end of the image. */
static ssize_t stream_fill(struct image_stream *stream, void *buf, size_t size, struct error *err)
{
	size_t done = 0;
	ssize_t n;
	int r;

	while (done < size && !stream->ended) {
		/* Check for cancellation here, because a decoder can produce many bytes without
		 * reading any input. */
		if (stream->input.canceled && atomic_load(stream->input.canceled))
			return error_set(err, -ECANCELED, "reading %s was canceled",
					 stream->input.source->said);
		n = stream_next(stream, (char *)buf + done, size - done, err);
		if (n < 0)
			return n;
		stream->ended = n == 0;
		stream->at += (uint64_t)n;
		done += (size_t)n;
		r = stream_check_size(stream, err);
		if (r < 0)
			return r;
	}
	return (ssize_t)done;
}

/* Skips the bytes before offset. A compressed image or a pipe is read and the bytes are
 * discarded. The image may end before offset.
 * Returns: 0 or a negative errno value. */
static int stream_skip(struct image_stream *stream, uint64_t offset, struct error *err)
{
	const struct image_source *source = stream->input.source;
	ssize_t n;

	if (stream->facts.format == IMAGE_RAW && source->at_offsets) {
		stream->input.offset = offset;
		stream->at = offset;
		return 0;
	}
	if (stream->at < offset && !stream->skipped)
		stream->skipped = malloc(STREAM_SKIP_BYTES);
	if (stream->at < offset && !stream->skipped)
		return error_set(err, -ENOMEM, "out of memory while reading %s", source->said);
	while (stream->at < offset && !stream->ended) {
		uint64_t left = offset - stream->at;

		n = stream_fill(stream, stream->skipped,
				left < STREAM_SKIP_BYTES ? (size_t)left : STREAM_SKIP_BYTES, err);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

ssize_t image_stream_read(struct image_stream *stream, void *buf, size_t size, uint64_t offset,
			  struct error *err)
{
	struct error spool_err = {0};
	ssize_t n;
	int r;

	if (stream->spool) {
		n = spool_read(stream->spool, buf, size, offset, stream->input.canceled,
			       &spool_err);
		if (n < 0 && n != -ENOSPC && err)
			*err = spool_err;
		if (n != -ENOSPC)
			return n;
		/* The disk of the spool is full, so this stream decompresses the image itself. */
		spool_leave(stream->spool);
		stream->spool = NULL;
	}
	r = stream_skip(stream, offset, err);
	if (r < 0)
		return r;
	return stream->at < offset ? 0 : stream_fill(stream, buf, size, err);
}

uint64_t image_stream_consumed(const struct image_stream *stream)
{
	if (stream->facts.format == IMAGE_RAW)
		return stream->input.offset;
	return stream->expand ? image_expand_consumed(stream->expand) : 0;
}

uint64_t image_stream_ignored(const struct image_stream *stream)
{
	return stream->expand ? image_expand_ignored(stream->expand) : 0;
}

void image_stream_done(struct image_stream *stream)
{
	if (stream->spool)
		spool_leave(stream->spool);
	image_expand_free(stream->expand);
	free(stream->skipped);
}
