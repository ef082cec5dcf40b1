/* SPDX-License-Identifier: Apache-2.0 */
/* Detects the format of an image file, and checks the structure of gzip and bzip2 files. RFC 1952
 * describes gzip. bzip2 has no written specification: in the files of its program, each block and
 * the end of a stream begin with a mark of 48 bits at any bit of a byte. */
#include "image/probe.h"

#include "util/error.h"
#include "image/probe_internal.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

#define BZIP2_LEVEL_AT	 3 /* "BZh", then the level '1' to '9' */
#define BZIP2_BLOCK_AT	 4
#define BZIP2_MARK_BYTES 6
#define BZIP2_MARK_MASK	 0xffffffffffffULL
#define BZIP2_END_MARK	 0x177245385090ULL
/* The maximum size in bytes of the end of a bzip2 file, which consists of an end mark (6 bytes), a
 * CRC (4 bytes) and up to 7 padding bits. */
#define BZIP2_TAIL_BYTES  11
#define BZIP2_BYTES_MIN	  14
#define GZIP_BYTES_MIN	  18
#define GZIP_FLAGS_AT	  3
#define GZIP_FLAGS_UNUSED 0xe0

/* The magic numbers of the formats. */
static const struct {
	enum image_format format;
	size_t bytes;
	/* This number of bytes at the beginning of the magic number identifies the format. A file
	 * that ends after these bytes, but before the end of the magic number, is a truncated file
	 * of this format. */
	size_t enough;
	const char *magic;
} magics[] = {
	{IMAGE_XZ, 6, 3,
	 "\xfd"
	 "7zXZ\0"},
	{IMAGE_GZIP, 3, 2, "\x1f\x8b\x08"},
	{IMAGE_ZSTD, 4, 3, "\x28\xb5\x2f\xfd"},
	{IMAGE_ZIP, 4, 4, "PK\x03\x04"},
	{IMAGE_ZIP, 4, 4, "PK\x05\x06"}, /* an empty zip file */
};

static const unsigned char bzip2_marks[][BZIP2_MARK_BYTES] = {
	{0x31, 0x41, 0x59, 0x26, 0x53, 0x59},
	{0x17, 0x72, 0x45, 0x38, 0x50, 0x90},
};

int image_probe_damaged(const struct image_file *file, const char *what, struct error *err)
{
	return error_set(err, -EBADMSG, "%s is damaged (%s); fetch it again", file->name, what);
}

int image_probe_bad_end(const struct image_file *file, const char *what, struct error *err)
{
	return error_set(err, -EBADMSG,
			 "%s is cut off, or data was appended to it (%s); fetch it again",
			 file->name, what);
}

int image_walk_get(struct image_walk *walk, void *ret, size_t size, struct error *err)
{
	uint64_t bytes = walk->file->bytes;
	int r;

	if (walk->offset > bytes || size > bytes - walk->offset)
		return error_set(err, -EBADMSG,
				 "%s is cut off: it ends after %llu bytes, which is too early; "
				 "fetch it again",
				 walk->file->name, (unsigned long long)bytes);
	if (size > sizeof(walk->buf)) {
		r = image_file_read_at(walk->file, ret, size, walk->offset, err);
		walk->offset += size;
		return r;
	}
	if (walk->offset < walk->buf_offset ||
	    walk->offset - walk->buf_offset + size > walk->buf_bytes) {
		uint64_t left = bytes - walk->offset;

		walk->buf_offset = walk->offset;
		walk->buf_bytes = left < sizeof(walk->buf) ? (size_t)left : sizeof(walk->buf);
		r = image_file_read_at(walk->file, walk->buf, walk->buf_bytes, walk->offset, err);
		if (r < 0) {
			walk->buf_bytes = 0;
			return r;
		}
	}
	memcpy(ret, walk->buf + (walk->offset - walk->buf_offset), size);
	walk->offset += size;
	return 0;
}

/* Checks whether a file begins with the magic number of a format. A file that is shorter than the
 * magic number must have at least its first `enough` bytes.
 * head: the first `size` bytes of the file */
static bool head_is(const unsigned char *head, size_t size, const void *magic, size_t bytes,
		    size_t enough)
{
	size_t there = size < bytes ? size : bytes;

	return there >= enough && memcmp(head, magic, there) == 0;
}

static bool head_is_bzip2(const unsigned char *head, size_t size)
{
	unsigned char magic[BZIP2_BLOCK_AT + BZIP2_MARK_BYTES] = "BZh";

	if (size > BZIP2_LEVEL_AT && (head[BZIP2_LEVEL_AT] < '1' || head[BZIP2_LEVEL_AT] > '9'))
		return false;
	if (size > BZIP2_LEVEL_AT)
		magic[BZIP2_LEVEL_AT] = head[BZIP2_LEVEL_AT];
	for (size_t i = 0; i < array_size(bzip2_marks); i++) {
		memcpy(magic + BZIP2_BLOCK_AT, bzip2_marks[i], BZIP2_MARK_BYTES);
		if (head_is(head, size, magic, sizeof(magic), BZIP2_LEVEL_AT))
			return true;
	}
	return false;
}

/* Detects a zstd file that begins with a skippable frame, which contains no compressed data. The
 * magic numbers of such frames are 0x184d2a50 to 0x184d2a5f. */
static bool head_is_skippable(const unsigned char *head, size_t size)
{
	return size >= 8 && (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0;
}

enum image_format image_probe_format(const unsigned char *head, size_t size)
{
	for (size_t i = 0; i < array_size(magics); i++) {
		if (head_is(head, size, magics[i].magic, magics[i].bytes, magics[i].enough))
			return magics[i].format;
	}
	if (head_is_bzip2(head, size))
		return IMAGE_BZIP2;
	return head_is_skippable(head, size) ? IMAGE_ZSTD : IMAGE_RAW;
}

static int probe_raw(const struct image_file *file, uint64_t *ret_bytes, struct error *err)
{
	(void)err;
	*ret_bytes = file->bytes;
	return 0;
}

static int probe_gzip(const struct image_file *file, uint64_t *ret_bytes, struct error *err)
{
	(void)ret_bytes;
	if (file->bytes < GZIP_BYTES_MIN)
		return image_probe_bad_end(file, "it is shorter than any gzip file", err);
	if (file->head[GZIP_FLAGS_AT] & GZIP_FLAGS_UNUSED)
		return image_probe_damaged(file, "unknown flags in its gzip header", err);
	return 0;
}

/* Checks that a bzip2 file ends with its end mark, a CRC of 32 bits, and at most 7 padding bits. */
static int probe_bzip2(const struct image_file *file, uint64_t *ret_bytes, struct error *err)
{
	unsigned char tail[BZIP2_TAIL_BYTES];
	/* The 56 bits of the file that contain the end mark. This mark has 48 bits and can begin at
	 * any bit of a byte. If `fill` of the 56 bits follow the mark, the file ends with `fill`
	 * padding bits. */
	uint64_t bits = 0;
	int r;

	(void)ret_bytes;
	if (file->bytes < BZIP2_BYTES_MIN)
		return image_probe_bad_end(file, "it is shorter than any bzip2 file", err);
	r = image_file_read_at(file, tail, sizeof(tail), file->bytes - sizeof(tail), err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < BZIP2_MARK_BYTES + 1; i++)
		bits = bits << 8 | tail[i];
	for (unsigned int fill = 0; fill < 8; fill++) {
		if (((bits >> fill) & BZIP2_MARK_MASK) == BZIP2_END_MARK)
			return 0;
	}
	return image_probe_bad_end(file, "its bzip2 end mark is missing", err);
}

/* The names of the image formats, the terms that messages use for a file of each format, and the
 * functions that check the structure of such a file. */
static const struct {
	const char *name, *file;
	int (*probe)(const struct image_file *file, uint64_t *ret_bytes, struct error *err);
} formats[] = {
	[IMAGE_RAW] = {"raw", "a raw image", probe_raw},
	[IMAGE_XZ] = {"xz", "an xz file", image_probe_xz},
	[IMAGE_GZIP] = {"gzip", "a gzip file", probe_gzip},
	[IMAGE_BZIP2] = {"bzip2", "a bzip2 file", probe_bzip2},
	[IMAGE_ZSTD] = {"zstd", "a zstd file", image_probe_zstd},
	[IMAGE_ZIP] = {"zip", "a zip file", image_probe_zip},
};

const char *image_format_name(enum image_format format)
{
	return formats[format].name;
}

const char *image_format_file(enum image_format format)
{
	return formats[format].file;
}

int image_probe(const struct image_file *file, struct image_facts *ret, struct error *err)
{
	struct image_facts facts = {.format = image_probe_format(file->head, file->head_bytes)};
	int r = file->at_offsets ? formats[facts.format].probe(file, &facts.bytes, err) : 0;

	if (r == 0)
		*ret = facts;
	return r;
}
