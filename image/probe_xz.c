/* SPDX-License-Identifier: Apache-2.0 */
/* Checks xz files with liblzma. A file consists of one or more streams:
 *
 *     header (12)  blocks  index  footer (12)  padding (4 * n zeros)
 *
 * The streams are read from the last to the first. The footer contains the length of the index,
 * and the index contains the lengths of the blocks. lzma_file_info_decoder() does all of this,
 * but liblzma before 5.4 does not have it, and Debian 11 has liblzma 5.2. */
#include "image/probe_internal.h"

#include "util/bytes.h"
#include "util/error.h"

#include <errno.h>
#include <lzma.h>

#define XZ_UNIT 4 /* xz aligns all parts of a file to 4 bytes */
/* The maximum number of streams in an xz file, and the maximum size in bytes of the index of a
 * stream. If a file exceeds them, its decompressed size counts as unknown, but the file can still
 * be decompressed. */
#define XZ_STREAMS_MAX	   65536
#define XZ_INDEX_BYTES_MAX (4 * 1024 * 1024)
/* The minimum size in bytes of a record in the index of an xz file. */
#define XZ_RECORD_BYTES_MIN 2

/* Reads the index of one xz stream, which contains the sizes of the blocks in the stream.
 * Returns: 0, -EBADMSG (the index is damaged) or another negative errno value.
 * Ownership: the caller frees *ret with lzma_index_end(). */
static int xz_read_index(const struct image_file *file, uint64_t offset, uint64_t bytes,
			 lzma_index **ret, struct error *err)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	unsigned char buf[4096];
	/* The index of an xz file states how many records it has. A hostile file may state more
	 * records than its index can contain, so limit the memory that liblzma may use for them. */
	uint64_t memory = lzma_index_memusage(1, bytes / XZ_RECORD_BYTES_MIN);
	lzma_ret result = lzma_index_decoder(&stream, ret, memory);
	int r = 0;

	while (r == 0 && result == LZMA_OK && bytes > 0) {
		stream.next_in = buf;
		stream.avail_in = bytes < sizeof(buf) ? (size_t)bytes : sizeof(buf);
		r = image_file_read_at(file, buf, stream.avail_in, offset, err);
		offset += stream.avail_in;
		bytes -= stream.avail_in;
		if (r == 0)
			result = lzma_code(&stream, LZMA_RUN);
	}
	if (r == 0 && result == LZMA_MEM_ERROR)
		r = error_set(err, -ENOMEM, "out of memory while reading %s", file->name);
	else if (r == 0 && (result != LZMA_STREAM_END || bytes > 0 || stream.avail_in > 0))
		r = image_probe_damaged(file, "its xz index", err);
	lzma_end(&stream);
	return r;
}

/* Skips the padding zeros before the offset *end of an xz file. *end becomes the end of the stream
 * before the zeros. */
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
			if (bytes_le32(buf + size - XZ_UNIT) != 0)
				return 0;
		}
	}
	return 0;
}

/* Checks that a stream of an xz file begins at `offset`. Each stream has a header and a footer, and
 * the flags in both must be equal. */
static int xz_check_header(const struct image_file *file, uint64_t offset,
			   const lzma_stream_flags *footer, struct error *err)
{
	unsigned char bytes[LZMA_STREAM_HEADER_SIZE];
	lzma_stream_flags header;
	int r = image_file_read_at(file, bytes, sizeof(bytes), offset, err);

	if (r < 0)
		return r;
	if (lzma_stream_header_decode(&header, bytes) != LZMA_OK ||
	    lzma_stream_flags_compare(&header, footer) != LZMA_OK)
		return image_probe_damaged(file, "misplaced xz stream", err);
	return 0;
}

/* Reads the footer of the stream that ends at the offset `end` of an xz file. */
static int xz_read_footer(const struct image_file *file, uint64_t end, lzma_stream_flags *ret,
			  struct error *err)
{
	unsigned char bytes[LZMA_STREAM_HEADER_SIZE];
	lzma_ret result;
	int r;

	if (end < 2 * LZMA_STREAM_HEADER_SIZE + LZMA_BACKWARD_SIZE_MIN)
		return image_probe_bad_end(file, "no whole xz stream", err);
	r = image_file_read_at(file, bytes, sizeof(bytes), end - sizeof(bytes), err);
	if (r < 0)
		return r;
	result = lzma_stream_footer_decode(ret, bytes);
	if (result == LZMA_FORMAT_ERROR)
		return image_probe_bad_end(file, "its xz end mark is missing", err);
	if (result != LZMA_OK)
		return image_probe_damaged(file, "its xz footer", err);
	if (ret->backward_size > end - 2 * LZMA_STREAM_HEADER_SIZE)
		return image_probe_damaged(file, "wrong size of its xz index", err);
	return 0;
}

/* Adds the decompressed sizes of all blocks in an xz index to *bytes.
 * lzma_index_uncompressed_size() of liblzma 5.2 is not used, because it does not detect an overflow
 * of the sum.
 * Returns: true, or false if the sum exceeds the largest size of a file. */
static bool xz_add_blocks(const lzma_index *index, uint64_t *bytes)
{
	lzma_index_iter iter;

	lzma_index_iter_init(&iter, index);
	while (!lzma_index_iter_next(&iter, LZMA_INDEX_ITER_BLOCK)) {
		if (iter.block.uncompressed_size > (uint64_t)INT64_MAX - *bytes)
			return false;
		*bytes += iter.block.uncompressed_size;
	}
	return true;
}

/* Checks the xz stream that ends at offset *end of the file. *end becomes the offset at which the
 * stream begins. The decompressed size of the stream is added to *bytes.
 * Returns: 1 (the index is too long to be read), 0 or a negative errno value. */
static int xz_stream(const struct image_file *file, uint64_t *end, uint64_t *bytes,
		     struct error *err)
{
	lzma_stream_flags footer = {0};
	lzma_index *index = NULL;
	uint64_t start, blocks_bytes;
	bool sound;
	int r = xz_read_footer(file, *end, &footer, err);

	if (r < 0 || footer.backward_size > XZ_INDEX_BYTES_MAX)
		return r < 0 ? r : 1;
	start = *end - LZMA_STREAM_HEADER_SIZE - footer.backward_size;
	r = xz_read_index(file, start, footer.backward_size, &index, err);
	if (r < 0)
		return r;
	blocks_bytes = lzma_index_total_size(index);
	sound = xz_add_blocks(index, bytes);
	lzma_index_end(index, NULL);
	start -= LZMA_STREAM_HEADER_SIZE;
	if (blocks_bytes > start || !sound)
		return image_probe_damaged(file, "wrong sizes in its xz index", err);
	*end = start - blocks_bytes;
	return xz_check_header(file, *end, &footer, err);
}

int image_probe_xz(const struct image_file *file, uint64_t *ret_bytes, struct error *err)
{
	uint64_t end = file->bytes, bytes = 0;
	unsigned int streams = 0;
	int r;

	if (end % XZ_UNIT != 0)
		return image_probe_bad_end(file, "its size is not a multiple of 4, as xz requires",
					   err);
	while (end > 0) {
		if (++streams > XZ_STREAMS_MAX)
			return 0;
		r = xz_skip_padding(file, &end, err);
		if (r == 0)
			r = xz_stream(file, &end, &bytes, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (bytes == 0)
		return error_set(err, -EBADMSG, "%s contains no image: it expands to 0 bytes",
				 file->name);
	*ret_bytes = bytes;
	return 0;
}
