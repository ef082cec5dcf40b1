/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about an image before it is expanded: format, size, and damage. */
#include "image/probe.h"

#include "util/error.h"
#include "image/file.h"
#include "tests/test.h"
#include "tests/unit/image/packed.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <zlib.h>

/* A literal that can contain zeros. */
#define bytes_of(text)                                                                             \
	{                                                                                          \
		(unsigned char *)(text), sizeof(text) - 1                                          \
	}

static int probe_path(const char *path, struct image_facts *ret, struct error *err)
{
	struct image_file file;
	int r = image_file_open(&file, path, NULL, err);

	*ret = (struct image_facts){0};
	if (r == 0)
		r = image_probe(&file, ret, err);
	image_file_close(&file);
	return r;
}

static int probe(const struct packed *packed, bool as_pipe, struct image_facts *ret,
		 struct error *err)
{
	int fd, r = probe_path(packed_path(packed, as_pipe, &fd), ret, err);

	close(fd);
	return r;
}

static void assert_probe(const struct packed *packed, enum image_format format, uint64_t bytes)
{
	struct image_facts facts;
	struct error err = {0};

	if (probe(packed, false, &facts, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(image_format_name(facts.format), image_format_name(format));
	assert_int_equal(facts.bytes, bytes);
	if (packed->size > 65536)
		return;
	assert_int_equal(probe(packed, true, &facts, &err), 0);
	assert_string_equal(image_format_name(facts.format), image_format_name(format));
	assert_int_equal(facts.bytes, 0);
}

static void assert_refused(const struct packed *packed, int code, const char *text)
{
	struct image_facts facts;
	struct error err = {0};

	assert_int_equal(probe(packed, false, &facts, &err), code);
	if (!strstr(err.text, text) || !strstr(err.text, "'/proc/self/fd/"))
		fail_msg("no '%s' in: %s", text, err.text);
}

TEST(the_size_is_known_where_the_format_has_it)
{
	static const struct {
		enum image_format format;
		const char *options;
		bool known;
	} rows[] = {
		{IMAGE_RAW, "", true},
		{IMAGE_XZ, "", true},
		{IMAGE_XZ, "--check=none", true},
		{IMAGE_XZ, "--block-size=4096", true},
		{IMAGE_GZIP, "", false},
		{IMAGE_BZIP2, "", false},
		{IMAGE_BZIP2, "-1", false},
		{IMAGE_ZSTD, "", false}, /* from a pipe */
		{IMAGE_ZSTD, "--no-check", false},
		{IMAGE_ZIP, "", true},
		{IMAGE_ZIP, "-0", true},
		{IMAGE_ZIP, "-fz", true},
		{IMAGE_ZSTD, "--stream-size=%zu", true},
	};
	static const size_t sizes[] = {1, 255, 256, 257, 511, 65792, 300001};

	for (size_t i = 0; i < array_size(rows) * array_size(sizes); i++) {
		size_t size = sizes[i % array_size(sizes)];
		char options[64];
		cleanup(packed_free) struct packed content = packed_content(size), packed = {0};

		strcpy(options, rows[i / array_size(sizes)].options);
		if (strchr(options, '%'))
			snprintf(options, sizeof(options), "--stream-size=%zu", size);
		packed = packed_new(*state, rows[i / array_size(sizes)].format, options, &content);
		assert_probe(&packed, rows[i / array_size(sizes)].format,
			     rows[i / array_size(sizes)].known ? size : 0);
	}
}

TEST(sizes_of_several_streams_are_added)
{
	cleanup(packed_free) struct packed content = packed_content(70000);
	cleanup(packed_free) struct packed xz = packed_new(*state, IMAGE_XZ, "", &content);
	cleanup(packed_free) struct packed zstd =
		packed_new(*state, IMAGE_ZSTD, "--stream-size=70000", &content);
	cleanup(packed_free) struct packed unsized = packed_new(*state, IMAGE_ZSTD, "", &content);
	size_t xz_size = xz.size, zstd_size = zstd.size;
	static const char zeros[8192];

	packed_append(&xz, zeros, sizeof(zeros)); /* more than one read from the end */
	packed_append(&xz, xz.bytes, xz_size);
	packed_append(&xz, zeros, 4);
	assert_probe(&xz, IMAGE_XZ, 140000);
	packed_append(&zstd, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	packed_append(&zstd, zstd.bytes, zstd_size);
	assert_probe(&zstd, IMAGE_ZSTD, 140000);
	packed_append(&zstd, unsized.bytes, unsized.size);
	assert_probe(&zstd, IMAGE_ZSTD, 0);
}

/* The content determines the format, if enough of it is present. */
TEST(the_format_is_recognized_by_content)
{
	static const struct {
		struct packed packed;
		enum image_format format;
	} rows[] = {
		{bytes_of("\0"), IMAGE_RAW},
		{bytes_of("P"), IMAGE_RAW},
		{bytes_of("PK"), IMAGE_RAW},
		{bytes_of("PK\x07\x08 and so on"), IMAGE_RAW},
		{bytes_of("\xfd"
			  "7zXY\0 and so on"),
		 IMAGE_RAW},
		{bytes_of("\x1f\x8b\x07 and so on"), IMAGE_RAW},
		{bytes_of("BZh9 is no picture"), IMAGE_RAW},
		{bytes_of("BZh0"
			  "1AY&SY and so on"),
		 IMAGE_RAW},
		{bytes_of("BZ"), IMAGE_RAW},
		{bytes_of("\x28\xb5\x2f\xfe and so on"), IMAGE_RAW},
		{bytes_of("\x60\x2a\x4d\x18 and so on"), IMAGE_RAW},
		{bytes_of("ustar and so on"), IMAGE_RAW},
	};

	for (size_t i = 0; i < array_size(rows); i++)
		assert_probe(&rows[i].packed, rows[i].format, rows[i].packed.size);
}

TEST(an_empty_image_is_refused)
{
	static const enum image_format sized[] = {IMAGE_XZ, IMAGE_ZSTD};
	cleanup(packed_free) struct packed content = packed_content(0);

	assert_refused(&content, -EBADMSG, "is empty");
	for (size_t i = 0; i < array_size(sized); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, sized[i],
				   sized[i] == IMAGE_ZSTD ? "--stream-size=0" : "", &content);

		assert_refused(&packed, -EBADMSG, "contains no image");
	}
}

/* The file is cut at many offsets. gzip has no mark at its end. */
TEST(a_cut_file_is_refused)
{
	static const enum image_format formats[] = {IMAGE_XZ, IMAGE_BZIP2, IMAGE_ZSTD, IMAGE_ZIP};
	cleanup(packed_free) struct packed content = packed_content(3000);

	for (size_t i = 0; i < array_size(formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, formats[i], "", &content);

		while (packed.size-- > 4)
			assert_refused(&packed, -EBADMSG, "cut off");
	}
}

TEST(garbage_at_the_end_is_refused)
{
	static const enum image_format formats[] = {IMAGE_XZ, IMAGE_BZIP2, IMAGE_ZSTD, IMAGE_ZIP};
	static const struct packed garbage[] = {
		bytes_of("x"),
		bytes_of("four"),
		bytes_of("\0\0\0\0\0"),
		bytes_of("something longer that was put there"),
	};
	cleanup(packed_free) struct packed content = packed_content(3000);

	for (size_t i = 0; i < array_size(formats) * array_size(garbage); i++) {
		const struct packed *more = &garbage[i % array_size(garbage)];
		cleanup(packed_free) struct packed packed =
			packed_new(*state, formats[i / array_size(garbage)], "", &content);

		packed_append(&packed, more->bytes, more->size);
		assert_refused(&packed, -EBADMSG, "appended to it");
	}
}

/* Checksums protect the structure of xz. The probe does not read the content. */
TEST(a_flipped_bit_of_the_index_is_detected)
{
	cleanup(packed_free) struct packed content = packed_content(3000);
	cleanup(packed_free) struct packed packed =
		packed_new(*state, IMAGE_XZ, "--block-size=1000", &content);
	/* The end has the footer and the index. The footer has the size of the index. */
	size_t end_bytes = 12 + 4 * (packed.bytes[packed.size - 8] + 1U), detected = 0;

	for (size_t at = 6; at < packed.size; at++) {
		struct image_facts facts;
		struct error err = {0};
		bool head = at < 12, tail = at >= packed.size - end_bytes;
		int r;

		packed.bytes[at] ^= 1;
		r = probe(&packed, false, &facts, &err);
		packed.bytes[at] ^= 1;
		detected += r == -EBADMSG;
		if (head || tail)
			assert_int_equal(r, -EBADMSG);
		else
			assert_int_equal(facts.bytes, 3000);
	}
	assert_true(detected == 6 + end_bytes);
}

/* Makes a .xz file with a forged index and correct checksums. Its blocks are zeros. */
static struct packed xz_with_index(const char *records, size_t size, size_t block_bytes)
{
	struct packed packed = {0};
	unsigned char tail[64] = {0}, crc[4], backward;
	size_t padded = (size + 3) / 4 * 4;

	packed_append(&packed,
		      "\xfd"
		      "7zXZ\0\0\0\xff\x12\xd9\x41",
		      12);
	packed_append(&packed, tail, block_bytes);
	memcpy(tail, records, size);
	for (size_t i = 0, sum = crc32(0, tail, (uInt)padded); i < 4; i++)
		crc[i] = (unsigned char)(sum >> 8 * i);
	packed_append(&packed, tail, padded);
	packed_append(&packed, crc, 4);
	backward = (unsigned char)((padded + 4) / 4 - 1);
	memset(tail, 0, sizeof(tail));
	tail[0] = backward;
	for (size_t i = 0, sum = crc32(0, tail, 6); i < 4; i++)
		crc[i] = (unsigned char)(sum >> 8 * i);
	packed_append(&packed, crc, 4);
	packed_append(&packed, tail, 6);
	packed_append(&packed, "YZ", 2);
	return packed;
}

static void assert_xz_refused(const struct packed *index, size_t block_bytes, const char *text)
{
	cleanup(packed_free) struct packed packed =
		xz_with_index((char *)index->bytes, index->size, block_bytes);

	assert_refused(&packed, -EBADMSG, text);
}

TEST(a_hostile_xz_index_is_refused)
{
#define HUGE_NUMBER "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
	static const struct packed rows[] = {
		bytes_of("\0" HUGE_NUMBER), /* too many records */
		bytes_of("\0\1" HUGE_NUMBER "\1"),
		bytes_of("\0\2\5" HUGE_NUMBER "\5" HUGE_NUMBER),
		bytes_of("\0\1\4\1"), /* too short for a block */
		bytes_of("\0\1\5\1"), /* no such block */
		bytes_of("\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), /* no end */
		bytes_of("\1\0\0\0"),					      /* no index */
		bytes_of("\0\0\0\0\0\0\0\0"),				      /* too much padding */
		bytes_of("\0\2"),					      /* missing records */
		bytes_of("\0\0"),					      /* sound, but empty */
	};

	static const struct packed wraps =
		bytes_of("\0\3\5" HUGE_NUMBER "\5" HUGE_NUMBER "\5" HUGE_NUMBER);
	static const struct packed long_number =
		bytes_of("\0\1\5\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\0");
	static const struct packed not_shortest = bytes_of("\0\1\5\x81\0");
	static const struct packed sound = bytes_of("\0\1\5\x81\1");
	cleanup(packed_free) struct packed packed =
		xz_with_index((char *)sound.bytes, sound.size, 8);

	assert_probe(&packed, IMAGE_XZ, 129);
	memcpy(packed.bytes + 7, "\1\x69\x22\xde\x36", 5); /* the flags differ from the footer */
	assert_refused(&packed, -EBADMSG, "damaged");
	assert_xz_refused(&wraps, 24, "damaged");
	assert_xz_refused(&long_number, 8, "damaged");
	assert_xz_refused(&not_shortest, 8, "damaged");
	for (size_t i = 0; i < array_size(rows); i++)
		assert_xz_refused(&rows[i], 0,
				  i + 1 < array_size(rows) ? "damaged" : "expands to 0 bytes");
}

/* An index that needs too much memory is not read, so the size is unknown. */
TEST(a_long_index_is_not_read)
{
	size_t index_bytes = 4 * 1024 * 1024 + 4;
	cleanup_free unsigned char *zeros = calloc(1, index_bytes);
	cleanup(packed_free) struct packed packed = {0};
	unsigned char footer[12] = {[10] = 'Y', [11] = 'Z'};
	uint32_t backward = (uint32_t)(index_bytes / 4 - 1), crc;

	assert_non_null(zeros);
	for (size_t i = 0; i < 4; i++)
		footer[4 + i] = (unsigned char)(backward >> 8 * i);
	crc = (uint32_t)crc32(0, footer + 4, 6);
	for (size_t i = 0; i < 4; i++)
		footer[i] = (unsigned char)(crc >> 8 * i);
	packed_append(&packed,
		      "\xfd"
		      "7zXZ\0\0\0\xff\x12\xd9\x41",
		      12);
	packed_append(&packed, zeros, index_bytes);
	packed_append(&packed, footer, sizeof(footer));
	assert_probe(&packed, IMAGE_XZ, 0);
}

TEST(a_hostile_zstd_frame_is_refused)
{
#define FRAME "\x28\xb5\x2f\xfd"
	static const struct {
		struct packed packed;
		int code;
		const char *text;
	} rows[] = {
		{bytes_of(FRAME), -EBADMSG, "cut off"},
		{bytes_of(FRAME "\x20\x01\x09\0\0"), -EBADMSG, "cut off"},  /* block of one byte */
		{bytes_of(FRAME "\x24\x01\x09\0\0x"), -EBADMSG, "cut off"}, /* no checksum */
		{bytes_of(FRAME "\x20\x01\x0f\0\0x"), -EBADMSG, "damaged"}, /* reserved block */
		{bytes_of(FRAME "\x20\x01\xff\xff\xffx"), -EBADMSG, "damaged"},
		{bytes_of(FRAME "\x20\x01\xf9\xff\xffx"), -EBADMSG, "damaged"}, /* too large */
		{bytes_of(FRAME "\x28\x01\x09\0\0x"), -EBADMSG, "damaged"},	/* reserved flag */
		{bytes_of(FRAME "\x21\x07\x01\x09\0\0x"), -EINVAL, "dictionary"},
		{bytes_of(FRAME "\xe0\xff\xff\xff\xff\xff\xff\xff\xff\x09\0\0x"), -EBADMSG,
		 "damaged"},
		{bytes_of(FRAME "\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x09\0\0x" FRAME
				"\x20\x01\x09\0\0x"),
		 -EBADMSG, "damaged"},
		{bytes_of("\x50\x2a\x4d\x18\xff\xff\xff\xffxxxx"), -EBADMSG, "cut off"},
		{bytes_of("\x50\x2a\x4d\x18\0\0\0\0\x5f\x2a\x4d\x18\1\0\0\0x"), -EBADMSG,
		 "contains no image"},
		{bytes_of(FRAME "\x20\x01\x09\0\0x" FRAME), -EBADMSG, "cut off"},
		{bytes_of(FRAME "\x20\x01\x09\0\0xPK\x03\x04"), -EBADMSG, "appended to it"},
	};
	static const struct packed sound = bytes_of(FRAME "\x20\x01\x09\0\0x");
	static const struct packed dictionary_0 = bytes_of(FRAME "\x21\0\x01\x09\0\0x");

	assert_probe(&sound, IMAGE_ZSTD, 1);
	assert_probe(&dictionary_0, IMAGE_ZSTD, 1);
	for (size_t i = 0; i < array_size(rows); i++)
		assert_refused(&rows[i].packed, rows[i].code, rows[i].text);
}

static void assert_zip(const char *dir, const char *command, int code, const char *text)
{
	cleanup(packed_free) struct packed packed = {0};

	packed_shell(dir, "rm -f r.zip && %s", command);
	packed = packed_read(dir, "r.zip");
	assert_refused(&packed, code, text);
}

TEST(a_zip_file_with_one_file_is_accepted)
{
	cleanup(packed_free) struct packed packed = {0};

	tree_text(*state, "one", "one and only");
	tree_text(*state, "two", "another");
	tree_text(*state, "none", "");
	packed_shell(*state, "mkdir -p a/b z && cp one a/b && ln -s one link && mkfifo fifo");
	assert_zip(*state, "zip -q r.zip one two", -EINVAL, "'one' and 'two'");
	assert_zip(*state, "zip -q -r r.zip a two", -EINVAL, "'a/b/one' and 'two'");
	assert_zip(*state, "zip -q -P secret r.zip one", -EINVAL, "encrypted");
	assert_zip(*state, "zip -q -r r.zip z", -EINVAL, "no file");
	assert_zip(*state, "zip -q -y r.zip link", -EINVAL, "a link or a device");
	assert_zip(*state, "zip -q r.zip none", -EBADMSG, "'none' in it is empty");
	assert_zip(*state, "printf 'PK\\5\\6' >r.zip; head -c 18 /dev/zero >>r.zip", -EINVAL,
		   "no file");
	packed_shell(*state,
		     "rm r.zip && zip -q -r r.zip a z && echo 'PK\5\6' | zip -q -z r.zip >o");
	packed = packed_read(*state, "r.zip");
	assert_probe(&packed, IMAGE_ZIP, strlen("one and only"));
}

/* Hostile numbers in the directory of a zip file. */
TEST(a_hostile_zip_directory_is_refused)
{
	static const struct {
		size_t back; /* from the end of the file */
		unsigned char byte;
		int code;
		const char *text;
	} rows[] = {
		{22, 'x', -EBADMSG, "cut off"}, /* no end record */
		{2, 1, -EBADMSG, "cut off"},	/* comment */
		{1, 0xff, -EBADMSG, "cut off"},
		{18, 1, -EINVAL, "split"}, /* number of the disk */
		{12, 0, -EBADMSG, "damaged"},
		{9, 0x7f, -EBADMSG, "appended to it"}, /* size of the directory */
		{3, 0x7f, -EBADMSG, "appended to it"}, /* offset of the directory */
		{6, 1, -EBADMSG, "appended to it"},
	};
	cleanup(packed_free) struct packed content = packed_content(100);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_ZIP, "-X", &content);
	size_t entry = packed.size - 22 - 46 - strlen("packed-in");

	assert_probe(&packed, IMAGE_ZIP, 100);
	for (size_t i = 0; i < array_size(rows); i++) {
		unsigned char *byte = &packed.bytes[packed.size - rows[i].back];
		unsigned char was = *byte;

		*byte = rows[i].byte;
		assert_refused(&packed, rows[i].code, rows[i].text);
		*byte = was;
	}
	packed.bytes[entry + 28] = 0xff; /* a name that exceeds the file */
	assert_refused(&packed, -EBADMSG, "cut off");
	packed.bytes[entry + 28] = strlen("packed-in");
	packed.bytes[entry + 32] = 0x7f; /* a comment that exceeds the file */
	assert_refused(&packed, -EBADMSG, "damaged");
}

/* 64-bit numbers, as in zip files of more than 4 GiB. */
TEST(numbers_of_64_bits_are_read)
{
	cleanup(packed_free) struct packed content = packed_content(100);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_ZIP, "-X", &content);
	size_t end = packed.size - 22, directory = end - 46 - strlen("packed-in");
	unsigned char end64[56] = "PK\6\6\x2c", locator[20] = "PK\6\7", last[22];
	unsigned char *extra;

	/* The size is in the extra field. */
	packed_append(&packed, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	memcpy(last, packed.bytes + end, sizeof(last));
	extra = packed.bytes + end;
	memcpy(extra, "\x99\x99\0\0\1\0\x8\0\x64\0\0\0\0\0\0\0", 16);
	packed.bytes[directory + 30] = 16;
	memset(packed.bytes + directory + 24, 0xff, 4);
	packed.size = end + 16;
	end64[24] = end64[32] = 1;
	end64[40] = (unsigned char)(packed.size - directory);
	end64[48] = (unsigned char)directory;
	memset(last + 8, 0xff, 12);
	packed_append(&packed, end64, sizeof(end64));
	packed_append(&packed, locator, sizeof(locator));
	packed_append(&packed, last, sizeof(last));
	assert_probe(&packed, IMAGE_ZIP, 100);
	for (size_t back = 22 + 20 + 56 - 40; back > 22 + 20; back--) { /* size and offset */
		packed.bytes[packed.size - back] ^= 0x80;
		assert_refused(&packed, -EBADMSG, "appended to it");
		packed.bytes[packed.size - back] ^= 0x80;
	}
	packed.bytes[end + 8 + 7] = 0x80; /* 2^63 bytes and more */
	assert_refused(&packed, -EBADMSG, "damaged");
	packed.bytes[end + 6] = 0xff; /* an extra field that is too long: 2^32 - 1 */
	assert_probe(&packed, IMAGE_ZIP, UINT32_MAX);
}

FIXTURE_EACH(tree_setup, tree_teardown)
