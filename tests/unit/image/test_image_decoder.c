/* SPDX-License-Identifier: Apache-2.0 */
/* Expands images: every byte is returned, from files and from pipes, and every damage is detected.
 */
#include "tests/test.h"
#include "tests/unit/image/image_outcome.h"

TEST(each_format_is_expanded)
{
	static const size_t sizes[] = {1, 511, 512, 77777, (1 << 20) + 3};

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		for (size_t j = 0; j < array_size(sizes); j++) {
			cleanup(packed_free) struct packed content = packed_content(sizes[j]);
			cleanup(packed_free) struct packed packed =
				packed_new(*state, packed_formats[i], "", &content);

			check_round(*state, &packed, &content);
		}
	}
}

/* Files made with unusual options of the programs. */
TEST(unusual_options_are_expanded)
{
	static const struct {
		enum image_format format;
		const char *options;
	} rows[] = {
		{IMAGE_XZ, "--check=none"},
		{IMAGE_XZ, "--check=crc32"},
		{IMAGE_XZ, "--check=sha256"},
		{IMAGE_XZ, "--x86 --lzma2=preset=1"},
		{IMAGE_XZ, "--block-size=100000"},
		{IMAGE_XZ, "-T2 --block-size=65536"},
		{IMAGE_GZIP, "-1"},
		{IMAGE_GZIP, "-9n"},
		{IMAGE_BZIP2, "-1"},
		{IMAGE_ZSTD, "--no-check -1"},
		{IMAGE_ZSTD, "-19"},
		{IMAGE_ZSTD, "--long=27"},
		{IMAGE_ZSTD, "--no-content-size"},
		{IMAGE_ZIP, "-0"},
		{IMAGE_ZIP, "-9"},
		{IMAGE_ZIP, "-fz"},
		{IMAGE_ZIP, "-fd"},
	};
	cleanup(packed_free) struct packed content = packed_content(300001);

	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, rows[i].format, rows[i].options, &content);

		check_round(*state, &packed, &content);
	}
}

/* Several streams are one image, whatever their sizes are. */
TEST(several_streams_are_one_image)
{
	static const size_t sizes[] = {100, 0, 300000, 1};

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed all = {0}, content = {0};

		if (packed_formats[i] == IMAGE_ZIP)
			continue; /* rpiboot accepts one file in a zip archive */
		for (size_t j = 0; j < array_size(sizes); j++) {
			cleanup(packed_free) struct packed part = packed_content(sizes[j]);
			cleanup(packed_free) struct packed packed =
				packed_new(*state, packed_formats[i], "", &part);

			packed_append(&content, part.bytes, part.size);
			packed_append(&all, packed.bytes, packed.size);
			if (packed_formats[i] ==
			    IMAGE_XZ) /* allowed between streams and at the end */
				packed_append(&all, "\0\0\0\0\0\0\0", 4 * (j % 3));
			if (packed_formats[i] == IMAGE_ZSTD)
				packed_append(&all, "\x5a\x2a\x4d\x18\x03\0\0\0abc", 11);
		}
		check_round(*state, &all, &content);
	}
}

/* Many tools accept zeros after gzip data that fill a block. */
TEST(zeros_after_gzip_data_are_padding)
{
	cleanup(packed_free) struct packed content = packed_content(1000);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_GZIP, "", &content);
	cleanup(outcome_done) struct outcome outcome = {0};
	size_t size = packed.size;
	static const char zeros[5000];

	packed_append(&packed, zeros, 1);
	check_round(*state, &packed, &content);
	packed_append(&packed, zeros, sizeof(zeros));
	check_round(*state, &packed, &content);
	/* No data can follow the zeros. */
	packed_append(&packed, packed.bytes, size);
	outcome = expand(&packed, false);
	assert_int_equal(outcome.r, -EBADMSG);
}

/* A zip file can have directories before and after the file. */
TEST(a_zip_file_can_have_directories)
{
	cleanup(packed_free) struct packed content = packed_content(5000), packed = {0};

	tree_write(*state, "a/m.img", content.bytes, content.size);
	packed_shell(*state, "mkdir -p a/b z/y && zip -q -r d.zip a z");
	packed = packed_read(*state, "d.zip");
	check_round(*state, &packed, &content);
	/* A comment is part of the file, too. */
	packed_shell(*state, "echo 'This is version 7 PK' | zip -q -z d.zip >all.txt");
	packed_free(&packed);
	packed = packed_read(*state, "d.zip");
	check_round(*state, &packed, &content);
}

/* A comment can have up to 65535 bytes. libarchive searches only 16 KiB for the end of the
 * directory. */
TEST(a_zip_file_can_have_a_long_comment)
{
	static const size_t sizes[] = {16 * 1024 - 23, 16 * 1024 + 1, UINT16_MAX};
	static char comment[UINT16_MAX];
	cleanup(packed_free) struct packed content = packed_content(5000);

	memset(comment, 'c', sizeof(comment));
	for (size_t i = 0; i < array_size(sizes); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, IMAGE_ZIP, "", &content);

		packed.bytes[packed.size - 2] = (unsigned char)sizes[i];
		packed.bytes[packed.size - 1] = (unsigned char)(sizes[i] >> 8);
		packed_append(&packed, comment, sizes[i]);
		check_round(*state, &packed, &content);
	}
}

/* An image whose content looks compressed is expanded only once. */
TEST(an_image_is_expanded_once)
{
	cleanup(packed_free) struct packed content = packed_content(5000);

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed inner =
			packed_new(*state, packed_formats[i], "", &content);
		cleanup(packed_free) struct packed outer =
			packed_new(*state, packed_formats[i], "", &inner);

		check_round(*state, &outer, &inner);
	}
}

static void assert_damage(const struct outcome *outcome, const char *what, enum image_format format,
			  size_t at)
{
	if (outcome->r != -EBADMSG && outcome->r != -EINVAL)
		fail_msg("%s: %s at %zu gave %d, %zu bytes: %s", image_format_name(format), what,
			 at, outcome->r, outcome->content.size, outcome->err.text);
	assert_int_equal(outcome->err.code, outcome->r);
	assert_true(strlen(outcome->err.text) > 20);
}

/* Cuts the file at many offsets. edge: an offset at which the file is sound, between two streams.
 */
static void check_cuts(enum image_format format, const struct packed *packed, size_t edge)
{
	for (size_t size = 1; size < packed->size; size++) {
		for (int as_pipe = 0; as_pipe < 2 && size != edge; as_pipe++) {
			cleanup(outcome_done) struct outcome outcome =
				expand(&(struct packed){packed->bytes, size}, as_pipe);

			assert_damage(&outcome, as_pipe ? "cut, pipe," : "cut", format, size);
		}
	}
}

TEST(cut_data_is_damaged)
{
	cleanup(packed_free) struct packed content = packed_content(700);

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "", &content);
		size_t edge = packed.size;

		if (packed_formats[i] != IMAGE_ZIP)
			packed_append(&packed, packed.bytes, edge);
		check_cuts(packed_formats[i], &packed, edge);
	}
}

/* Each flipped bit is detected, or does not affect the content (it is in a time or a name). */
TEST(a_flipped_bit_is_detected)
{
	cleanup(packed_free) struct packed content = packed_content(700);

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "", &content);
		size_t harmless = 0;

		for (size_t at = 0; at < 2 * packed.size; at++) {
			cleanup(outcome_done) struct outcome outcome = {0};
			unsigned char bit = (unsigned char)(1 << at / 2 % 8);

			packed.bytes[at / 2] ^= bit;
			outcome = expand(&packed, at % 2);
			packed.bytes[at / 2] ^= bit;
			if (outcome.r == 0) {
				harmless++;
				assert_content(&outcome, &content);
			} else {
				assert_damage(&outcome, "flip", packed_formats[i], at / 2);
			}
		}
		/* only headers and tables have such bits; xz has none */
		assert_true(harmless < (packed_formats[i] == IMAGE_XZ ? 1 : 300));
	}
}

TEST(garbage_after_the_data_is_refused)
{
	static const struct packed garbage[] = {
		{(unsigned char *)"x", 1},
		{(unsigned char *)"\0\0\0\0x", 5},
		{(unsigned char *)"garbage that is a bit longer", 28},
		{(unsigned char *)"\x1f\x8b", 2},
		{(unsigned char *)"BZh9", 4},
		{(unsigned char *)"\x28\xb5\x2f\xfd", 4},
	};
	cleanup(packed_free) struct packed content = packed_content(1500);

	for (size_t i = 0; i < 2 * (array_size(packed_formats) - 1) * array_size(garbage); i++) {
		enum image_format format = packed_formats[1 + i / 2 / array_size(garbage)];
		cleanup(packed_free) struct packed packed =
			packed_new(*state, format, "", &content);
		cleanup(outcome_done) struct outcome outcome = {0};
		size_t row = i / 2 % array_size(garbage);

		if (format == IMAGE_GZIP && garbage[row].bytes[0] != 0x1f)
			continue; /* some_bytes_after_gzip_data_are_ignored */
		packed_append(&packed, garbage[row].bytes, garbage[row].size);
		outcome = expand(&packed, i % 2);
		assert_damage(&outcome, i % 2 ? "garbage, pipe," : "garbage", format, row);
	}
}

/* Zeros are garbage in a format without padding, and so are too many zeros. */
TEST(zeros_are_garbage_in_other_formats)
{
	static const char zeros[512];
	static const enum image_format not [] = {IMAGE_BZIP2, IMAGE_ZSTD, IMAGE_ZIP, IMAGE_XZ};
	cleanup(packed_free) struct packed content = packed_content(1500);

	for (size_t i = 0; i < 2 * array_size(not ); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, not [i / 2], "", &content);
		cleanup(outcome_done) struct outcome outcome = {0};

		packed_append(&packed, zeros, not [i / 2] == IMAGE_XZ ? 6 : sizeof(zeros));
		outcome = expand(&packed, i % 2);
		assert_damage(&outcome, "zeros", not [i / 2], i % 2);
	}
}

/* Damage far behind the first read. The decoder must check the CRC, not only the structure. */
TEST(a_flipped_bit_far_behind_is_detected)
{
	cleanup(packed_free) struct packed content = packed_content(2000000);

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "", &content);

		for (size_t part = 1; part < 8; part++) {
			cleanup(outcome_done) struct outcome outcome = {0};

			packed.bytes[packed.size / 8 * part] ^= 0x20;
			outcome = expand(&packed, false);
			assert_damage(&outcome, "flip", packed_formats[i], packed.size / 8 * part);
			packed.bytes[packed.size / 8 * part] ^= 0x20;
		}
	}
}

/* In a pipe, other files are detected only when they are read. */
TEST(a_zip_file_needs_one_plain_file)
{
	static const struct {
		const char *command, *text;
	} rows[] = {
		{"zip -q r.zip one two", "several"},
		{"zip -q -P secret r.zip one", "encrypted"},
		{"mkdir -p dir && zip -q r.zip dir", "no file"},
	};

	tree_text(*state, "one", "one and only");
	tree_text(*state, "two", "another");
	for (size_t i = 0; i < 2 * array_size(rows); i++) {
		cleanup(packed_free) struct packed packed = {0};
		cleanup(outcome_done) struct outcome outcome = {0};

		packed_shell(*state, "rm -f r.zip && %s", rows[i / 2].command);
		packed = packed_read(*state, "r.zip");
		outcome = expand(&packed, i % 2);
		assert_int_equal(outcome.r, -EINVAL);
		if (!strstr(outcome.err.text, rows[i / 2].text))
			fail_msg("%s", outcome.err.text);
	}
}

FIXTURE_EACH(tree_setup, tree_teardown)
