/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the decompressed bytes of an image at ascending offsets. Checks that the decompressed image
 * has the size that the image file states. */
#include "image/stream.h"

#include "util/error.h"
#include "image/decoder.h"

#include <errno.h>
#include <stdlib.h>

#define STREAM_SKIP_BYTES (128 * 1024)

/* Selects the source from which the image is read: a temporary file with the decompressed image
 * (the spool), a decoder, or the image file itself. */
static int stream_open(struct image_stream *stream, struct error *err)
{
	if (stream->layer)
		return 0;
	if (!image_stream_uses_spool(stream) && stream->facts.format != IMAGE_RAW)
		return image_decoder_new(&stream->layer, stream->facts.format, &stream->cursor,
					 err);
	stream->layer = image_stream_uses_spool(stream) ? stream->spool : &stream->cursor.layer;
	return 0;
}

/* Checks that the stream does not exceed the size that the file states, and matches this size at
 * the end. An empty image is an error, too. Bytes from the spool need no check, because the reader
 * that fills the spool has checked them. A spool may also be shorter than the image, because the
 * block map may omit the end of the image. */
static int stream_check_size(const struct image_stream *stream, struct error *err)
{
	const char *name = stream->cursor.file->name;
	uint64_t bytes = stream->facts.bytes;

	if (image_stream_uses_spool(stream))
		return 0;
	if (stream->ended && stream->at == 0)
		return error_set(err, -EBADMSG, "%s contains no image: it expands to 0 bytes",
				 name);
	if (!bytes || (stream->ended ? stream->at == bytes : stream->at <= bytes))
		return 0;
	return error_set(err, -EBADMSG,
			 "%s is damaged: it expands to %llu bytes%s, but it states a size of %llu; "
			 "fetch it again",
			 name, (unsigned long long)stream->at, stream->ended ? "" : " and more",
			 (unsigned long long)bytes);
}

/* Reads the next `size` bytes of the decompressed image into buf, or fewer at the end of the
 * image. */
static ssize_t stream_fill(struct image_stream *stream, void *buf, size_t size, struct error *err)
{
	size_t done = 0;
	ssize_t n;
	int r;

	while (done < size && !stream->ended) {
		/* Check whether the reader was canceled, because a decoder can produce many bytes
		 * of the image without reading the file. */
		if (stream->cursor.canceled && atomic_load(stream->cursor.canceled))
			return error_set(err, -ECANCELED, "reading %s was canceled",
					 stream->cursor.file->name);
		n = image_layer_read(stream->layer, (char *)buf + done, size - done, err);
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

/* Skips all bytes of the decompressed image before offset. A compressed file must be read and
 * decompressed to skip them.
 * Returns: 0 (even if the image ends before offset) or a negative errno value. */
static int stream_skip(struct image_stream *stream, uint64_t offset, struct error *err)
{
	ssize_t n;

	if (stream->layer->skip_to) {
		stream->layer->skip_to(stream->layer, offset);
		stream->at = offset;
		return 0;
	}
	if (stream->at < offset && !stream->skipped)
		stream->skipped = malloc(STREAM_SKIP_BYTES);
	if (stream->at < offset && !stream->skipped)
		return error_set(err, -ENOMEM, "out of memory while reading %s",
				 stream->cursor.file->name);
	while (stream->at < offset && !stream->ended) {
		uint64_t left = offset - stream->at;

		n = stream_fill(stream, stream->skipped,
				left < STREAM_SKIP_BYTES ? (size_t)left : STREAM_SKIP_BYTES, err);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

static ssize_t stream_read(struct image_stream *stream, void *buf, size_t size, uint64_t offset,
			   struct error *err)
{
	int r = stream_open(stream, err);

	if (!stream->layer)
		return r;
	r = stream_skip(stream, offset, err);
	if (r < 0)
		return r;
	return stream->at < offset ? 0 : stream_fill(stream, buf, size, err);
}

ssize_t image_stream_read(struct image_stream *stream, void *buf, size_t size, uint64_t offset,
			  struct error *err)
{
	ssize_t n = stream_read(stream, buf, size, offset, err);

	if (n != -ENOSPC || !image_stream_uses_spool(stream))
		return n;
	stream->spool_full = true;
	stream->layer = NULL;
	stream->at = 0;
	if (err)
		*err = (struct error){0};
	return stream_read(stream, buf, size, offset, err);
}

void image_stream_done(struct image_stream *stream)
{
	if (stream->layer != stream->spool && stream->layer != &stream->cursor.layer)
		image_layer_free(stream->layer);
	image_layer_free(stream->spool);
	free(stream->skipped);
}
