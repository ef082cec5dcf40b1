/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses gzip files, which have one or more members. Padding zeros may follow the last
 * member, because tapes and some tools fill whole blocks. Some router firmware has metadata
 * after its only member. If the checksum and the length of this member are right, the metadata
 * is ignored. */
#include "image/decoder.h"

#include "util/error.h"
#include "image/file.h"
#include "util/util.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <zlib.h>

/* If 16 is added to the window bits of inflateInit2(), zlib expects a gzip file, and checks its
 * header and trailer. */
#define GZIP_WRAPPED 16
#define GZIP_MAGIC   0x1f
#define GZIP_MAGIC_2 0x8b

#define GZIP_IGNORED_MAX (64 * 1024)

enum gzip_state {
	GZIP_BETWEEN, /* after a member */
	GZIP_INSIDE,
	GZIP_PADDING, /* zeros after the last member */
	GZIP_IGNORED, /* other data after the file's only member */
};

struct gzip {
	struct image_layer layer; /* must be first */
	struct image_cursor cursor;
	enum gzip_state state;
	unsigned int members; /* 2 stands for 2 or more */
	z_stream stream;
	unsigned char buf[256 * 1024];
};

/* Returns: the number of bytes of the gzip file that zlib has decompressed so far. */
static uint64_t gzip_used(const struct gzip *gzip)
{
	return gzip->cursor.offset - gzip->stream.avail_in;
}

/* Reads the next bytes of a gzip file into the buffer, after zlib has used all earlier ones.
 * Returns: 1, 0 (the end of the file) or a negative errno value. */
static ssize_t gzip_fill(struct gzip *gzip, struct error *err)
{
	ssize_t n;

	if (gzip->stream.avail_in > 0)
		return 1;
	n = image_layer_read(&gzip->cursor.layer, gzip->buf, sizeof(gzip->buf), err);
	if (n <= 0)
		return n;
	gzip->stream.next_in = gzip->buf;
	gzip->stream.avail_in = (uInt)n;
	return 1;
}

/* Returns: true if the bytes after a member of a gzip file may be another member, perhaps with a
 * damaged header. A member begins with the bytes 1f 8b 08. It is enough that the first byte is
 * right, or that the second and the third are right. */
static bool gzip_may_be_member(const z_stream *stream)
{
	return stream->next_in[0] == GZIP_MAGIC ||
	       (stream->avail_in >= 3 && stream->next_in[1] == GZIP_MAGIC_2 &&
		stream->next_in[2] == Z_DEFLATED);
}

/* Handles data after the compressed data of a gzip file. Up to GZIP_IGNORED_MAX bytes are ignored.
 * It is an error if there are more bytes, or if the bytes may be a damaged part of the compressed
 * data. */
static int gzip_ignore(struct gzip *gzip, struct error *err)
{
	z_stream *stream = &gzip->stream;
	bool begins = gzip->state != GZIP_IGNORED;

	if ((begins && (gzip->members > 1 || gzip_may_be_member(stream))) ||
	    gzip->layer.ignored_bytes + stream->avail_in > GZIP_IGNORED_MAX)
		return error_set(err, -EBADMSG,
				 "%s has unknown data after the end of its gzip data, at byte "
				 "%llu; fetch it again",
				 gzip->cursor.file->name, (unsigned long long)gzip_used(gzip));
	gzip->state = GZIP_IGNORED;
	gzip->layer.ignored_bytes += stream->avail_in;
	stream->avail_in = 0;
	return 0;
}

/* A gzip file consists of one or more members. Handles the data after a member, which is another
 * member, padding zeros or unknown data. */
static int gzip_next_member(struct gzip *gzip, struct error *err)
{
	if (gzip->state == GZIP_BETWEEN && *gzip->stream.next_in == GZIP_MAGIC) {
		if (inflateReset(&gzip->stream) != Z_OK)
			return error_set(err, -EIO, "zlib failed while expanding %s",
					 gzip->cursor.file->name);
		gzip->state = GZIP_INSIDE;
		return 0;
	}
	if (gzip->state == GZIP_IGNORED)
		return gzip_ignore(gzip, err);
	while (gzip->stream.avail_in > 0 && *gzip->stream.next_in == 0) {
		gzip->state = GZIP_PADDING;
		gzip->stream.next_in++;
		gzip->stream.avail_in--;
	}
	return gzip->stream.avail_in > 0 ? gzip_ignore(gzip, err) : 0;
}

static int gzip_inflate(struct gzip *gzip, struct error *err)
{
	const char *name = gzip->cursor.file->name;

	switch (inflate(&gzip->stream, Z_NO_FLUSH)) {
	case Z_STREAM_END: /* CRC and size were right */
		gzip->state = GZIP_BETWEEN;
		gzip->members += gzip->members < 2;
		return 0;
	case Z_OK:
	case Z_BUF_ERROR: /* more input is needed */
		return 0;
	case Z_MEM_ERROR:
		return error_set(err, -ENOMEM, "out of memory while expanding %s", name);
	default:
		return error_set(
			err, -EBADMSG,
			"%s is damaged before byte %llu of its gzip data (%s); fetch it again",
			name, (unsigned long long)gzip_used(gzip),
			gzip->stream.msg ? gzip->stream.msg : "unknown damage");
	}
}

static ssize_t gzip_read(struct image_layer *layer, void *buf, size_t size, struct error *err)
{
	struct gzip *gzip = (struct gzip *)layer;
	z_stream *stream = &gzip->stream;
	ssize_t n;
	int r;

	size = size < INT_MAX ? size : INT_MAX;
	stream->next_out = buf;
	stream->avail_out = (uInt)size;
	while (stream->avail_out == size) {
		n = gzip_fill(gzip, err);
		if (n < 0)
			return n;
		if (n == 0 && gzip->state != GZIP_INSIDE)
			return 0;
		if (n == 0)
			return error_set(err, -EBADMSG,
					 "%s is cut off: it ends after %llu bytes, inside its gzip "
					 "data; fetch it again",
					 gzip->cursor.file->name,
					 (unsigned long long)gzip->cursor.offset);
		r = gzip->state == GZIP_INSIDE ? gzip_inflate(gzip, err)
					       : gzip_next_member(gzip, err);
		if (r < 0)
			return r;
		layer->used_bytes = gzip_used(gzip);
	}
	return (ssize_t)(size - stream->avail_out);
}

static void gzip_free(struct image_layer *layer)
{
	struct gzip *gzip = (struct gzip *)layer;

	inflateEnd(&gzip->stream);
	free(gzip);
}

int image_gzip_new(struct image_layer **ret, const struct image_cursor *cursor, struct error *err)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (!gzip || inflateInit2(&gzip->stream, MAX_WBITS + GZIP_WRAPPED) != Z_OK) {
		free(gzip);
		return error_set(err, -ENOMEM, "out of memory while expanding %s",
				 cursor->file->name);
	}
	gzip->layer.read = gzip_read;
	gzip->layer.free = gzip_free;
	gzip->cursor = *cursor;
	/* A gzip file begins with a member, which is one compressed part of the file. */
	gzip->state = GZIP_INSIDE;
	*ret = &gzip->layer;
	return 0;
}
