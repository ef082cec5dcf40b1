/* SPDX-License-Identifier: Apache-2.0 */
/* Checks zstd files by RFC 8878. A file consists of frames. A frame has a header, blocks that
 * contain their own sizes, and sometimes a checksum. Skippable frames hold other data.
 *
 * libzstd cannot replace this parser. ZSTD_getFrameContentSize() sees only the first frame
 * (sizes_of_several_streams_are_added), and reports an impossible size of 2^64 - 1 as unknown
 * (a_hostile_zstd_frame_is_refused).
 * ZSTD_findFrameCompressedSize(), which finds the end of a frame, needs the whole frame in memory
 * (a_cut_file_is_refused, garbage_at_the_end_is_refused). */
#include "image/probe_internal.h"

#include "util/bytes.h"
#include "util/error.h"
#include "image/probe.h"

#include <errno.h>
#include <zstd.h>

#define ZSTD_MAGIC	    0xfd2fb528U
#define ZSTD_SKIP_MAGIC	    0x184d2a50U
#define ZSTD_SKIP_MASK	    0xfffffff0U
#define ZSTD_MAGIC_BYTES    4
#define ZSTD_DESCRIPTOR_BAD 0x08
#define ZSTD_CHECKSUM	    0x04
#define ZSTD_SINGLE_SEGMENT 0x20
/* The smallest window of a zstd frame has 2^10 bytes. The header of the frame stores the binary
 * exponent of the window size, minus 10. */
#define ZSTD_WINDOW_LOG_MIN  10
#define ZSTD_CHECKSUM_BYTES  4
#define ZSTD_BLOCK_BYTES_MAX (128 * 1024)
/* If the header of a zstd frame stores the content size in two bytes, they contain the size minus
 * 256. */
#define ZSTD_SIZE_2_BYTES 256

/* The lowest two bits of a zstd frame header are an index of this array. The element is the length
 * in bytes of the dictionary id in the header. */
static const unsigned char dictionary_bytes[] = {0, 1, 2, 4};

enum { ZSTD_BLOCK_RAW, ZSTD_BLOCK_RLE, ZSTD_BLOCK_COMPRESSED, ZSTD_BLOCK_RESERVED };

struct zstd_frame {
	bool checksum, size_known;
	uint64_t bytes; /* decompressed size */
};

static int zstd_number(struct image_walk *walk, size_t size, uint64_t *ret, struct error *err)
{
	unsigned char bytes[8] = {0};
	int r = image_walk_get(walk, bytes, size, err);

	*ret = bytes_le64(bytes);
	return r;
}

static int zstd_header(struct image_walk *walk, struct zstd_frame *ret, struct error *err)
{
	static const unsigned char size_bytes[] = {0, 2, 4, 8};
	unsigned char descriptor;
	uint64_t dictionary = 0;
	size_t size;
	int r = image_walk_get(walk, &descriptor, 1, err);

	if (r < 0)
		return r;
	if (descriptor & ZSTD_DESCRIPTOR_BAD)
		return image_probe_damaged(walk->file, "unknown flags in a zstd header", err);
	size = size_bytes[descriptor >> 6];
	if (descriptor & ZSTD_SINGLE_SEGMENT)
		size = size ? size : 1;
	else
		walk->offset++; /* skip the byte with the window size */
	r = zstd_number(walk, dictionary_bytes[descriptor & 3], &dictionary, err);
	if (r == 0 && dictionary)
		r = error_set(err, -EINVAL,
			      "%s cannot be expanded: it was compressed with a zstd dictionary; "
			      "expand it first with zstd -d -D DICTIONARY",
			      walk->file->name);
	if (r == 0)
		r = zstd_number(walk, size, &ret->bytes, err);
	if (size == 2)
		ret->bytes += ZSTD_SIZE_2_BYTES;
	ret->size_known = size > 0;
	ret->checksum = descriptor & ZSTD_CHECKSUM;
	return r;
}

static int zstd_blocks(struct image_walk *walk, struct error *err)
{
	uint64_t header = 0, size;
	bool last = false;
	int r;

	while (!last) {
		r = zstd_number(walk, 3, &header, err);
		if (r < 0)
			return r;
		last = header & 1;
		size = header >> 3;
		if (((header >> 1) & 3) == ZSTD_BLOCK_RESERVED || size > ZSTD_BLOCK_BYTES_MAX)
			return image_probe_damaged(walk->file, "a zstd block", err);
		walk->offset += ((header >> 1) & 3) == ZSTD_BLOCK_RLE ? 1 : size;
	}
	return 0;
}

static int zstd_frame(struct image_walk *walk, struct zstd_frame *ret, struct error *err)
{
	unsigned char checksum[ZSTD_CHECKSUM_BYTES];
	int r = zstd_header(walk, ret, err);

	if (r == 0)
		r = zstd_blocks(walk, err);
	/* Read the checksum of the zstd frame. If the frame has no checksum, only check that its
	 * last block ends within the file. */
	return r < 0 ? r
		     : image_walk_get(walk, checksum, ret->checksum ? sizeof(checksum) : 0, err);
}

static int zstd_skip(struct image_walk *walk, struct error *err)
{
	uint64_t size = 0;
	int r = zstd_number(walk, 4, &size, err);

	walk->offset += size;
	return r < 0 ? r : image_walk_get(walk, &size, 0, err);
}

/* Returns: the window size in bytes of the zstd frame at `frame`, or 0 (unknown). If the frame is a
 * single segment, its window is its whole content. */
static uint64_t zstd_window(const unsigned char *frame, size_t size)
{
	const unsigned char *header = frame + 4;
	unsigned long long bytes;
	uint64_t base;
	bool is_whole;

	if (size < 6)
		return 0;
	if (header[0] & ZSTD_SINGLE_SEGMENT) {
		bytes = ZSTD_getFrameContentSize(frame, size);
		/* ZSTD_getFrameContentSize() returns 2^64 - 1 for "unknown" and 2^64 - 2 for
		 * "error". A frame may also state one of these numbers as its size, so examine the
		 * header. */
		is_whole = header[0] >> 6 == 3 &&
			   size >= 4 + 1 + dictionary_bytes[header[0] & 3] + sizeof(uint64_t);
		return bytes < ZSTD_CONTENTSIZE_ERROR || is_whole ? bytes : 0;
	}
	base = UINT64_C(1) << (ZSTD_WINDOW_LOG_MIN + (header[1] >> 3));
	return base + base / 8 * (header[1] & 7);
}

uint64_t image_probe_zstd_window(const unsigned char *head, size_t size)
{
	uint64_t skip;

	while (size >= 8 && (bytes_le32(head) & ZSTD_SKIP_MASK) == ZSTD_SKIP_MAGIC) {
		skip = UINT64_C(8) + bytes_le32(head + 4);
		if (skip > size)
			return 0;
		head += skip;
		size -= (size_t)skip;
	}
	if (size < 5 || bytes_le32(head) != ZSTD_MAGIC)
		return 0;
	return zstd_window(head, size);
}

int image_probe_zstd(const struct image_file *file, uint64_t *ret_bytes, struct error *err)
{
	struct image_walk walk = {.file = file};
	uint64_t magic = 0, bytes = 0;
	bool size_known = true, any = false;
	int r;

	while (walk.offset < file->bytes) {
		struct zstd_frame frame = {0};

		if (walk.offset > 0 && file->bytes - walk.offset < ZSTD_MAGIC_BYTES)
			return image_probe_bad_end(file, "no whole zstd frame at its end", err);
		r = zstd_number(&walk, ZSTD_MAGIC_BYTES, &magic, err);
		if (r == 0 && (magic & ZSTD_SKIP_MASK) == ZSTD_SKIP_MAGIC) {
			r = zstd_skip(&walk, err);
			frame.size_known = true;
		} else if (r == 0 && magic == ZSTD_MAGIC) {
			any = true;
			r = zstd_frame(&walk, &frame, err);
		} else if (r == 0) {
			return image_probe_bad_end(file, "unknown data after a zstd frame", err);
		}
		if (r < 0)
			return r;
		if (frame.bytes > (uint64_t)INT64_MAX - bytes)
			return image_probe_damaged(file, "wrong size in a zstd header", err);
		size_known = size_known && frame.size_known;
		bytes += frame.bytes;
	}
	if (!any || (size_known && bytes == 0))
		return error_set(err, -EBADMSG, "%s contains no image: it expands to 0 bytes",
				 file->name);
	*ret_bytes = size_known ? bytes : 0;
	return 0;
}
