/* SPDX-License-Identifier: Apache-2.0 */
/* Images with a block map: the choice of the map, the holes, and maps of other images. */
#include "image/internal.h"
#include "image/stream.h"

#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/image/bmap_text.h"
#include "tests/unit/image/image_reading.h"
#include "tests/unit/image/packed.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <sched.h>

#define BLOCK 4096
#define SIZE  (100 * BLOCK + 77)
#define PIECE (3 * BLOCK)

/* The last block is partial. The range before is longer than one read. */
static const struct bmap_text_range ranges[] = {{0, 0}, {2, 4}, {6, 30}, {100, 100}};

/* Writes the map of an image of `size` bytes that begins with content. */
static void map_write(const char *dir, const char *name, const struct packed *content, size_t size,
		      const char *digest)
{
	cleanup_free uint8_t *image = calloc(1, size);
	cleanup_free char *text = NULL;
	struct bmap_text map = {
		.version = digest ? "2.0" : "1.2",
		.digest = digest,
		.image = image,
		.image_bytes = size,
		.block_bytes = BLOCK,
		.count = array_size(ranges),
	};

	tree_must(image);
	memcpy(image, content->bytes, content->size < size ? content->size : size);
	memcpy(map.ranges, ranges, sizeof(ranges));
	text = bmap_text_new(&map);
	tree_must(text);
	tree_text(dir, name, text);
}

static bool is_mapped(size_t offset)
{
	for (size_t i = 0; i < array_size(ranges); i++) {
		if (offset / BLOCK >= ranges[i].first && offset / BLOCK <= ranges[i].last)
			return true;
	}
	return false;
}

static size_t count_mapped(size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += is_mapped(i);
	return count;
}

static void assert_mapped_read(const struct reading *reading, const struct packed *content)
{
	if (reading->end != 0)
		fail_msg("%s", reading->err.text);
	assert_int_equal(reading->content.size, content->size);
	for (size_t i = 0; i < content->size; i++) {
		if (reading->content.bytes[i] != (is_mapped(i) ? content->bytes[i] : 0xee))
			fail_msg("wrong byte at %zu", i);
	}
	assert_int_equal(reading->bytes, count_mapped(content->size));
	assert_int_equal(reading->pieces, 1 + 1 + 9 + 1);
	assert_int_equal(reading->short_pieces, 1 + 0 + 1 + 1);
	assert_false(reading->disorder);
	assert_false(reading->progress_wrong);
	assert_int_equal(reading->done, reading->bytes);
	assert_int_equal(reading->total, reading->bytes);
}

/* Every format: from a file, for several readers, and from a pipe. */
TEST(a_map_selects_the_bytes_to_read)
{
	static const char *const digests[] = {NULL, "sha1", "sha256", "sha512"};
	cleanup_free char *path = packed_file(*state, "os.img"),
			  *map = packed_file(*state, "os.img.bmap");
	cleanup(packed_free) struct packed content = packed_content(SIZE);

	for (size_t i = 0; i < 3 * array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i / 3], "", &content);
		cleanup(reading_done) struct reading reading = {0};
		struct image_config config = {
			.path = path, .shared = i % 3 == 1, .spool_dir = *state};
		struct feeder feeder;
		struct image *image;

		map_write(*state, "os.img.bmap", &content, SIZE, digests[i % array_size(digests)]);
		if (i % 3 == 2)
			feeder_start(&feeder, path, &packed, false);
		else
			tree_write(*state, "os.img", packed.bytes, packed.size);
		image = reading_image(&config);
		assert_string_equal(image->bmap_path, map);
		assert_int_equal(image_bytes(image), SIZE);
		assert_int_equal(image_mapped_bytes(image), count_mapped(SIZE));
		assert_true(image_fits_blocks(image, BLOCK));
		assert_false(image_fits_blocks(image, 64 * BLOCK));
		reading_run(&reading, image, PIECE);
		assert_mapped_read(&reading, &content);
		image_free(image);
		if (i % 3 == 2)
			feeder_end(&feeder);
		else
			unlink(path);
	}
}

/* A flipped byte is detected only in a mapped range. */
TEST(a_flipped_byte_is_found_where_it_is_mapped)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	static const char *const digests[] = {"sha1", "sha256", "sha512"};
	static const size_t places[] = {
		0, 3 * BLOCK, 6 * BLOCK, 31 * BLOCK - 1, 100 * BLOCK + 76, 5 * BLOCK};
	cleanup(packed_free) struct packed content = packed_content(SIZE);

	for (size_t i = 0; i < 2 * array_size(places); i++) {
		size_t place = places[i / 2], range = 0, before = 0;
		cleanup(packed_free) struct packed packed = {0};
		cleanup(reading_done) struct reading reading = {0};
		struct image_config config = {.path = path, .shared = i % 2, .spool_dir = *state};
		struct image *image;
		char text[64];

		map_write(*state, "os.img.bmap", &content, SIZE, digests[i % array_size(digests)]);
		content.bytes[place] ^= 1;
		packed = packed_new(*state, i % 2 ? IMAGE_ZSTD : IMAGE_RAW, "", &content);
		tree_write(*state, "os.img", packed.bytes, packed.size);
		image = reading_image(&config);
		reading_run(&reading, image, PIECE);
		image_free(image);
		if (!is_mapped(place)) {
			assert_mapped_read(&reading, &content);
			continue;
		}
		content.bytes[place] ^= 1;
		assert_int_equal(reading.end, -EBADMSG);
		while (ranges[range].last < place / BLOCK)
			before += ranges[range].last - ranges[range].first + 1, range++;
		snprintf(text, sizeof(text), "at byte %llu ",
			 (unsigned long long)(ranges[range].first * BLOCK));
		if (!strstr(reading.err.text, text) || !strstr(reading.err.text, "os.img'") ||
		    !strstr(reading.err.text, "os.img.bmap'"))
			fail_msg("%s", reading.err.text);
		/* all ranges before, and a part of this one */
		assert_true(reading.bytes >= before * BLOCK);
		assert_true(reading.last_end < (ranges[range].last + 1) * BLOCK);
	}
}

/* The error comes at once if the size of the image is known, otherwise at its end. */
TEST(a_map_of_another_size_is_refused)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	static const struct {
		enum image_format format;
		bool known;
		size_t bytes, map_bytes;
		const char *text;
	} rows[] = {
		{IMAGE_RAW, true, SIZE, SIZE - 1, "does not belong"},
		{IMAGE_XZ, true, SIZE, SIZE + 1, "does not belong"},
		{IMAGE_ZIP, true, SIZE, SIZE + 1, "does not belong"},
		{IMAGE_GZIP, false, SIZE + BLOCK, SIZE + 2 * BLOCK, "ends after"},
		{IMAGE_GZIP, false, SIZE, SIZE + 1, "ends before"},
		{IMAGE_GZIP, false, SIZE, SIZE - 1, "is larger than the"},
		{IMAGE_BZIP2, false, SIZE + BLOCK, SIZE, "is larger than the"},
	};

	for (size_t i = 0; i < 2 * array_size(rows); i++) {
		cleanup(packed_free) struct packed content = packed_content(rows[i / 2].bytes);
		cleanup(packed_free) struct packed packed =
			packed_new(*state, rows[i / 2].format, "", &content);
		cleanup(reading_done) struct reading reading = {0};
		struct image_config config = {.path = path, .shared = i % 2, .spool_dir = *state};
		struct image *image = NULL;
		struct error err = {0};
		int r;

		map_write(*state, "os.img.bmap", &content, rows[i / 2].map_bytes, "sha256");
		tree_write(*state, "os.img", packed.bytes, packed.size);
		r = image_new(&image, &config, &err);
		assert_int_equal(r, rows[i / 2].known ? -EINVAL : 0);
		if (r == 0) {
			assert_int_equal(image_bytes(image), rows[i / 2].map_bytes);
			assert_int_equal(reading_run(&reading, image, PIECE), -EBADMSG);
			err = reading.err;
		}
		if (!strstr(err.text, rows[i / 2].text) || !strstr(err.text, "os.img'") ||
		    !strstr(err.text, "os.img.bmap'"))
			fail_msg("%s", err.text);
		image_free(image);
	}
}

/* The image ends within a mapped range. */
TEST(an_image_that_ends_early_is_damaged)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(SIZE);

	for (int i = 0; i < 2; i++) {
		struct packed half = {content.bytes, 20 * BLOCK};
		cleanup(packed_free) struct packed packed =
			packed_new(*state, IMAGE_GZIP, "", &half);
		cleanup(reading_done) struct reading reading = {0};
		struct image_config config = {.path = path, .shared = i, .spool_dir = *state};
		struct image *image;

		map_write(*state, "os.img.bmap", &content, SIZE, NULL);
		tree_write(*state, "os.img", packed.bytes, packed.size);
		image = reading_image(&config);
		assert_int_equal(reading_run(&reading, image, PIECE), -EBADMSG);
		assert_non_null(strstr(reading.err.text, "ends before"));
		image_free(image);
	}
}

/* Zeros as zstd blocks of one repeated byte, 4 bytes each. The first and the last block are mapped.
 */
#define HOLE_BLOCKS 65536
#define HOLE_BLOCK  131072

static void hole_write(const char *dir, uint32_t blocks)
{
	struct bmap_text map = {
		.version = "1.2",
		.image_bytes = (uint64_t)blocks * HOLE_BLOCK,
		.block_bytes = HOLE_BLOCK,
		.ranges = {{0, 0}, {blocks - 1, blocks - 1}},
		.count = 2,
	};
	cleanup_free char *text = bmap_text_new(&map);
	cleanup(packed_free) struct packed packed = {0};
	uint32_t block = HOLE_BLOCK << 3 | 1 << 1;

	packed_append(&packed, "\x28\xb5\x2f\xfd\0\x38", 6); /* a window of 128 KiB */
	for (uint32_t i = 0; i < blocks; i++) {
		block |= i == blocks - 1;
		packed_append(&packed,
			      (uint8_t[]){(uint8_t)block, (uint8_t)(block >> 8),
					  (uint8_t)(block >> 16), 0},
			      4);
	}
	tree_write(dir, "os.img", packed.bytes, packed.size);
	tree_text(dir, "os.img.bmap", text);
}

TEST(a_long_hole_can_be_canceled)
{
	cleanup_free char *path = packed_file(*state, "os.img");

	hole_write(*state, HOLE_BLOCKS);
	for (int i = 0; i < 2; i++) {
		struct image_config config = {.path = path, .shared = i, .spool_dir = *state};
		cleanup(reading_done) struct reading reading = {0};
		struct image *image = reading_image(&config);

		reading_start(&reading, image, HOLE_BLOCK);
		for (uint64_t done = 0, total; done < HOLE_BLOCK; sched_yield())
			image_reader_progress(reading.reader, &done, &total);
		image_reader_cancel(reading.reader);
		reading_join(&reading);
		assert_int_equal(reading.end, -ECANCELED);
		image_free(image);
	}
}

/* The decoder has read the whole file, so only the stream can detect the cancellation. */
TEST(a_decoder_that_reads_no_more_can_be_canceled)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	struct image_config config = {.path = path};
	cleanup_free char *piece = malloc(HOLE_BLOCK);
	struct image_stream stream = {0};
	atomic_bool canceled = false;
	struct image *image;
	struct error err = {0};

	tree_must(piece);
	hole_write(*state, 1000);
	image = reading_image(&config);
	stream.facts = image->facts;
	image_cursor_init(&stream.cursor, &image->file);
	stream.cursor.canceled = &canceled;
	assert_int_equal(image_stream_read(&stream, piece, HOLE_BLOCK, 0, &err), HOLE_BLOCK);
	atomic_store(&canceled, true);
	assert_int_equal(image_stream_read(&stream, piece, HOLE_BLOCK, 999ULL * HOLE_BLOCK, &err),
			 -ECANCELED);
	image_stream_done(&stream);
	image_free(image);
}

static void assert_map(const struct image_config *config, const char *map)
{
	struct image *image = reading_image(config);

	if (map)
		assert_string_equal(image->bmap_path, map);
	else
		assert_null(image->bmap_path);
	image_free(image);
}

/* The names are in the order from the nearest to the farthest. */
TEST(the_map_of_the_nearest_name_is_used)
{
	static const char *const names[] = {"os.v2.img.xz.bmap", "os.v2.img.bmap", "os.v2.bmap",
					    "os.bmap"};
	cleanup_free char *path = packed_file(*state, "os.v2.img.xz");
	cleanup_free char *map = packed_file(*state, "named");
	struct image_config config = {.path = path}, none = {.path = path, .no_bmap = true};
	struct image_config named = {.path = path, .bmap_path = map};
	cleanup(packed_free) struct packed content = packed_content(SIZE);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_XZ, "", &content);
	struct image *image = NULL;
	struct error err = {0};

	tree_write(*state, "os.v2.img.xz", packed.bytes, packed.size);
	assert_map(&config, NULL);
	for (size_t i = array_size(names); i-- > 0;) {
		map_write(*state, names[i], &content, SIZE, "sha256");
		assert_map(&config, tree_path(*state, names[i]));
	}
	assert_map(&none, NULL);
	/* A named map must exist. */
	assert_int_equal(image_new(&image, &named, &err), -ENOENT);
	assert_non_null(strstr(err.text, "named"));
	map_write(*state, "named", &content, SIZE, "sha256");
	assert_map(&named, named.bmap_path);
	/* An existing map must be sound. */
	tree_text(*state, names[0], "<bmap>");
	assert_true(image_new(&image, &config, &err) < 0);
	assert_non_null(strstr(err.text, names[0]));
}

/* A dot in a directory name or at the start of a file name begins no extension. An image is not its
 * own map. */
TEST(other_names_are_no_maps)
{
	cleanup(packed_free) struct packed content = packed_content(SIZE);

	tree_write(*state, "dir.d/os", content.bytes, content.size);
	tree_write(*state, "dir.d/.hidden", content.bytes, content.size);
	tree_write(*state, "dir.d/own.bmap", content.bytes, content.size);
	map_write(*state, "dir.bmap", &content, SIZE, NULL);
	map_write(*state, "dir.d/.bmap", &content, SIZE, NULL);
	assert_map(&(struct image_config){.path = tree_path(*state, "dir.d/os")}, NULL);
	assert_map(&(struct image_config){.path = tree_path(*state, "dir.d/.hidden")}, NULL);
	assert_map(&(struct image_config){.path = tree_path(*state, "dir.d/own.bmap")}, NULL);
}

FIXTURE_EACH(tree_setup, tree_teardown)
