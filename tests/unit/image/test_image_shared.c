/* SPDX-License-Identifier: Apache-2.0 */
/* An image for several boards is expanded once, if there is room for a spool. */
#include "image/image.h"

#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/image/bmap_text.h"
#include "tests/unit/image/image_reading.h"
#include "tests/unit/image/packed.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define READERS 3

/* This replaces the function of libc. The image (but not the spool) cannot be read for a while, as
 * on a network that is down. */
static atomic_bool away;

ssize_t pread(int fd, void *buf, size_t size, off_t offset)
{
	struct iovec iov = {.iov_base = buf, .iov_len = size};

	if (atomic_load(&away) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return errno = EIO, -1;
	return preadv(fd, &iov, 1, offset);
}

static struct image *must_open(const char *dir, const char *spool_dir, const struct packed *packed)
{
	struct image_config config = {
		.path = tree_path(dir, "os.img"), .shared = true, .spool_dir = spool_dir};

	tree_write(dir, "os.img", packed->bytes, packed->size);
	return reading_image(&config);
}

/* Returns: the number of open files below dir that are deleted. */
static int count_spools(const char *dir)
{
	char link[64], target[TREE_PATH_SIZE];
	int count = 0;

	for (int fd = 0; fd < 256; fd++) {
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		count += strncmp(target, dir, strlen(dir)) == 0 && strstr(target, "(deleted)");
	}
	return count;
}

static void assert_all_read(struct image *image, const struct packed *content)
{
	struct reading readings[READERS];

	for (size_t i = 0; i < READERS; i++)
		reading_start(&readings[i], image, 1000 + 77777 * i);
	for (size_t i = 0; i < READERS; i++) {
		reading_join(&readings[i]);
		reading_check(&readings[i], content);
		assert_int_equal(readings[i].done, readings[i].total);
		reading_done(&readings[i]);
	}
}

/* A raw image needs no spool. */
TEST(readers_share_one_expansion)
{
	cleanup(packed_free) struct packed content = packed_content(1500001);

	for (size_t i = 0; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "", &content);
		cleanup(reading_done) struct reading late = {0};
		struct image *image = must_open(*state, *state, &packed);

		assert_int_equal(count_spools(*state), 0); /* no reader has read yet */
		assert_all_read(image, &content);
		assert_int_equal(count_spools(*state), packed_formats[i] == IMAGE_RAW ? 0 : 1);
		/* The file is not read again: its content is replaced by invalid bytes. */
		if (packed_formats[i] != IMAGE_RAW)
			tree_write(*state, "os.img", "x", 1);
		reading_run(&late, image, 4096);
		assert_int_equal(late.end, 0);
		assert_int_equal(late.content.size, content.size);
		image_free(image);
		assert_int_equal(count_spools(*state), 0);
	}
}

TEST(without_room_each_reader_expands_the_image)
{
	cleanup(packed_free) struct packed content = packed_content(1500001);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_GZIP, "", &content);
	struct image *image = must_open(*state, tree_path(*state, "nowhere"), &packed);

	assert_all_read(image, &content);
	image_free(image);
}

/* The file system becomes full in the middle. Each reader then expands the image itself. */
static int room_ends(void *ctx)
{
	struct rlimit limit = {.rlim_cur = 1500000, .rlim_max = 1500000};
	cleanup(packed_free) struct packed content = packed_content(4000001);
	cleanup(packed_free) struct packed packed = packed_new(ctx, IMAGE_GZIP, "-1", &content);
	struct image *image;

	image = must_open(ctx, ctx, &packed);
	signal(SIGXFSZ, SIG_IGN);
	tree_must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	assert_all_read(image, &content);
	assert_all_read(image, &content);	/* also for later readers */
	assert_int_equal(count_spools(ctx), 0); /* no reader is left */
	image_free(image);
	return 0;
}

TEST(a_spool_that_fills_fails_no_reader)
{
	assert_true(tree_fork(room_ends, *state, 0));
}

/* Every reader gets the error. */
TEST(damage_fails_each_reader)
{
	cleanup(packed_free) struct packed content = packed_content(1500001);

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "-1", &content);
		struct reading readings[READERS];
		struct image *image;

		packed.bytes[packed.size / 3 * 2] ^= 4;
		image = must_open(*state, *state, &packed);
		for (size_t j = 0; j < READERS; j++)
			reading_start(&readings[j], image, 1000 + 77777 * j);
		for (size_t j = 0; j < READERS; j++) {
			reading_join(&readings[j]);
			assert_int_equal(readings[j].end, -EBADMSG);
			assert_non_null(strstr(readings[j].err.text, "os.img'"));
			reading_done(&readings[j]);
		}
		image_free(image);
	}
}

/* Checks that the first reader finds the damage, and that no later reader is created.
 * Returns: the number of bytes that the first reader has delivered. */
static uint64_t assert_found_once(struct image *image)
{
	cleanup(reading_done) struct reading first = {0}, later = {0};

	assert_int_equal(reading_run(&first, image, 4096), -EBADMSG);
	assert_non_null(strstr(first.err.text, "os.img'"));
	assert_int_equal(reading_run(&later, image, 4096), -EBADMSG);
	assert_int_equal(later.bytes, 0);
	assert_string_equal(later.err.text, first.err.text);
	return first.bytes;
}

/* The disk of a board keeps its content if the image is already known to be damaged, because the
 * writer clears the disk only when it has a reader. */
TEST(damage_is_found_once)
{
	cleanup(packed_free) struct packed content = packed_content(1500001);

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		const char *spool_dirs[] = {*state, tree_path(*state, "nowhere")};
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "-1", &content);

		packed.bytes[packed.size / 3 * 2] ^= 4;
		for (size_t j = 0; j < array_size(spool_dirs); j++) {
			struct image *image = must_open(*state, spool_dirs[j], &packed);
			cleanup(reading_done) struct reading later = {0};

			assert_found_once(image);
			tree_write(*state, "os.img", content.bytes, content.size);
			assert_int_equal(reading_run(&later, image, 4096), -EIO);
			assert_non_null(strstr(later.err.text, "changed since it was opened"));
			image_free(image);
		}
	}
}

/* The spool itself is complete: each reader compares it with the block map. */
TEST(a_wrong_block_map_is_found_once)
{
	cleanup(packed_free) struct packed content = packed_content(1500001);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_GZIP, "", &content);
	struct bmap_text text = {.version = "2.0",
				 .digest = "sha256",
				 .image = content.bytes,
				 .image_bytes = content.size,
				 .block_bytes = 4096,
				 .ranges = {{0, 99}, {100, 366}},
				 .count = 2};
	cleanup_free char *map = NULL;
	struct image *image;

	content.bytes[1000000] ^= 1;
	map = bmap_text_new(&text);
	tree_write(*state, "os.bmap", map, strlen(map));
	image = must_open(*state, *state, &packed);
	assert_true(assert_found_once(image) > 0);
	image_free(image);
}

/* A temporary error fails the current readers, but not the later ones. */
TEST(a_temporary_error_fails_its_readers_only)
{
	cleanup(packed_free) struct packed content = packed_content(1500001);

	for (size_t i = 0; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "-1", &content);
		struct reading readings[2];
		struct image *image = must_open(*state, *state, &packed);

		atomic_store(&away, true);
		for (size_t j = 0; j < array_size(readings); j++)
			reading_start(&readings[j], image, 4096);
		for (size_t j = 0; j < array_size(readings); j++) {
			reading_join(&readings[j]);
			assert_int_equal(readings[j].end, -EIO);
			reading_done(&readings[j]);
		}
		assert_int_equal(count_spools(*state), 0);
		atomic_store(&away, false);
		assert_all_read(image, &content);
		assert_int_equal(count_spools(*state), packed_formats[i] == IMAGE_RAW ? 0 : 1);
		image_free(image);
	}
}

/* The image is written to while it is expanded for all readers. */
TEST(a_change_during_the_expansion_is_detected)
{
	cleanup(packed_free) struct packed content = packed_content(1500001);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_GZIP, "", &content);
	struct image *image = must_open(*state, *state, &packed);
	cleanup(reading_done) struct reading reading = {0};

	tree_write(*state, "os.img", packed.bytes, packed.size - 1);
	assert_int_equal(reading_run(&reading, image, 4096), -EIO);
	assert_non_null(strstr(reading.err.text, "changed since it was opened"));
	image_free(image);
}

/* One reader leaves and the others stay. The image ends before its spool is full. */
TEST(one_reader_can_leave)
{
	cleanup(packed_free) struct packed content = packed_content(20000000);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_BZIP2, "-1", &content);
	struct image *image = must_open(*state, *state, &packed);
	struct reading first, second;

	reading_start(&first, image, 10000000); /* blocks for a while */
	reading_start(&second, image, 10000000);
	image_reader_cancel(first.reader);
	reading_join(&first);
	assert_int_equal(first.end, -ECANCELED);
	image_reader_cancel(second.reader);
	reading_join(&second);
	assert_int_equal(second.end, -ECANCELED);
	image_free(image);
	reading_done(&first);
	reading_done(&second);
}

FIXTURE_EACH(tree_setup, tree_teardown)
