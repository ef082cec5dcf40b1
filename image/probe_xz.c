/* SPDX-License-Identifier: Apache-2.0 */
/* Checks xz files by the .xz file format, version 1.1.0. A file consists of one or more streams:
 *
 *     header (12)  blocks  index  footer (12)  padding (4 * n zeros)
 *
 * The streams are read from the last to the first. The footer contains the length of the index,
 * and the index contains the lengths of the blocks. */
#include "image/probe_internal.h"

#include "util/error.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define XZ_HEADER_BYTES	   12
#define XZ_FOOTER_BYTES	   12
#define XZ_INDEX_BYTES_MIN 8
#define XZ_UNIT		   4 /* all sizes are multiples of it */
#define XZ_UNPADDED_MIN	   5
#define XZ_NUMBER_BITS	   63
/* If a file has more streams, its decompressed size is reported as unknown. */
#define XZ_STREAMS_MAX 65536

/* The parser state of the index of one stream. */
struct xz_index {
	struct image_walk walk;
	/* The offset at which the index ends and its CRC begins. */
	uint64_t end;
	uint32_t crc;
	uint64_t blocks_bytes, expanded_bytes; /* sums over the records so far */
};

static int xz_index_byte(struct xz_index *index, unsigned char *ret, struct error *err)
{
	int r = image_walk_get(&index->walk, ret, 1, err);

	if (r == 0)
		index->crc = (uint32_t)crc32(index->crc, ret, 1);
	return r;
}

/* Reads a number of the index. Each byte holds seven bits of the number, the low bits first. The
 * function does not read past the end of the index. */
static int xz_index_number(struct xz_index *index, uint64_t *ret, struct error *err)
{
	unsigned char byte = 0x80;
	uint64_t number = 0;
	int r;

	for (unsigned int shift = 0; byte & 0x80; shift += 7) {
		if (shift >= XZ_NUMBER_BITS || index->walk.offset >= index->end)
			return image_probe_damaged(index->walk.file, "its xz index", err);
		r = xz_index_byte(index, &byte, err);
		if (r < 0)
			return r;
		number |= (uint64_t)(byte & 0x7f) << shift;
	}
	*ret = number;
	return 0;
}

static int xz_index_records(struct xz_index *index, struct error *err)
{
	const struct image_file *file = index->walk.file;
	uint64_t count = 0, unpadded = 0, expanded = 0;
	int r = xz_index_number(index, &count, err);

	/* If count is too large, the loop fails at the end of the index. */
	for (; r == 0 && count > 0; count--) {
		r = xz_index_number(index, &unpadded, err);
		if (r == 0)
			r = xz_index_number(index, &expanded, err);
		if (r < 0)
			return r;
		if (unpadded < XZ_UNPADDED_MIN || unpadded > file->bytes ||
		    expanded > (uint64_t)INT64_MAX - index->expanded_bytes)
			return image_probe_damaged(file, "sizes in its xz index", err);
		index->blocks_bytes += (unpadded + XZ_UNIT - 1) / XZ_UNIT * XZ_UNIT;
		index->expanded_bytes += expanded;
		if (index->blocks_bytes > file->bytes)
			return image_probe_damaged(file, "sizes in its xz index", err);
	}
	return r;
}

static int xz_index_read(struct xz_index *index, uint64_t offset, uint64_t bytes, struct error *err)
{
	const struct image_file *file = index->walk.file;
	unsigned char byte, crc[4];
	int r;

	index->walk.offset = offset;
	index->end = offset + bytes - sizeof(crc);
	r = xz_index_byte(index, &byte, err);
	if (r == 0 && byte != 0)
		r = image_probe_damaged(file, "no xz index where it should be", err);
	if (r == 0)
		r = xz_index_records(index, err);
	if (r == 0 && index->end - index->walk.offset >= XZ_UNIT)
		r = image_probe_damaged(file, "its xz index", err);
	while (r == 0 && index->walk.offset < index->end)
		r = xz_index_byte(index, &byte, err);
	if (r == 0)
		r = image_walk_get(&index->walk, crc, sizeof(crc), err);
	if (r == 0 && image_le32(crc) != index->crc)
		r = image_probe_damaged(file, "the checksum of its xz index", err);
	return r;
}

/* Moves *end back over the padding zeros that may follow a stream. */
static int xz_skip_padding(const struct image_file *file, uint64_t *end, struct error *err)
{
	unsigned char buf[4096];
	int r;

	while (*end > 0) {
		size_t size = *end < sizeof(buf) ? (size_t)*end : sizeof(buf);

		r = image_file_read_at(file, buf, size, *end - size, err);
		if (r < 0)
			return r;
		for (; size > 0; size -= XZ_UNIT, *end -= XZ_UNIT) {
			if (image_le32(buf + size - XZ_UNIT) != 0)
				return 0;
		}
	}
	return 0;
}

static int xz_check_header(const struct image_file *file, uint64_t offset,
			   const unsigned char flags[2], struct error *err)
{
	unsigned char header[XZ_HEADER_BYTES];
	int r = image_file_read_at(file, header, sizeof(header), offset, err);

	if (r < 0)
		return r;
	if (memcmp(header,
		   "\xfd"
		   "7zXZ",
		   6) != 0 ||
	    memcmp(header + 6, flags, 2) != 0 ||
	    image_le32(header + 8) != (uint32_t)crc32(0, header + 6, 2))
		return image_probe_damaged(file, "an xz stream does not begin where it should",
					   err);
	return 0;
}

/* Checks the stream that ends at offset *end. *end becomes the offset at which the stream
 * begins. The decompressed size of the stream is added to *bytes. */
static int xz_stream(const struct image_file *file, uint64_t *end, uint64_t *bytes,
		     struct error *err)
{
	struct xz_index index = {.walk = {.file = file}};
	unsigned char footer[XZ_FOOTER_BYTES];
	uint64_t index_bytes, before;
	int r;

	if (*end < XZ_HEADER_BYTES + XZ_INDEX_BYTES_MIN + XZ_FOOTER_BYTES)
		return image_probe_bad_end(file, "no whole xz stream", err);
	r = image_file_read_at(file, footer, sizeof(footer), *end - sizeof(footer), err);
	if (r < 0)
		return r;
	if (memcmp(footer + 10, "YZ", 2) != 0)
		return image_probe_bad_end(file, "no end mark of xz", err);
	if (image_le32(footer) != (uint32_t)crc32(0, footer + 4, 6))
		return image_probe_damaged(file, "the checksum of its xz footer", err);
	before = *end - XZ_FOOTER_BYTES - XZ_HEADER_BYTES;
	index_bytes = ((uint64_t)image_le32(footer + 4) + 1) * XZ_UNIT;
	if (index_bytes < XZ_INDEX_BYTES_MIN || index_bytes > before)
		return image_probe_damaged(file, "the size of its xz index", err);
	r = xz_index_read(&index, *end - XZ_FOOTER_BYTES - index_bytes, index_bytes, err);
	if (r < 0)
		return r;
	if (index.blocks_bytes > before - index_bytes ||
	    index.expanded_bytes > (uint64_t)INT64_MAX - *bytes)
		return image_probe_damaged(file, "sizes in its xz index", err);
	*end = before - index_bytes - index.blocks_bytes;
	*bytes += index.expanded_bytes;
	return xz_check_header(file, *end, footer + 8, err);
}

int image_probe_xz(const struct image_file *file, uint64_t *ret_bytes, struct error *err)
{
	uint64_t end = file->bytes, bytes = 0;
	unsigned int streams = 0;
	int r;

	if (end % XZ_UNIT != 0)
		return image_probe_bad_end(file, "its size is no multiple of 4, as xz has it", err);
	while (end > 0) {
		if (++streams > XZ_STREAMS_MAX)
			return 0;
		r = xz_skip_padding(file, &end, err);
		if (r == 0)
			r = xz_stream(file, &end, &bytes, err);
		if (r < 0)
			return r;
	}
	if (bytes == 0)
		return error_set(err, -EBADMSG, "%s holds no image: it expands to nothing",
				 file->name);
	*ret_bytes = bytes;
	return 0;
}
