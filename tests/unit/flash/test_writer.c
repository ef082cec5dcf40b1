/* SPDX-License-Identifier: Apache-2.0 */
/* The writer with plain files and fake images, which replace image.c: the content of the disk after
 * each failure, and the order of the writes, in which the first MiB is last. */
#include "tests/test.h"
#include "tests/unit/flash/writer_run.h"

#include <sys/wait.h>

static void run_one(struct image *image, bool verify,
		    int (*open_fn)(struct target *, const struct target_config *, struct error *),
		    struct writer_state *state)
{
	struct run run;
	struct writer *writer;

	disk_new();
	writer = run_start(image, &run, verify, open_fn);
	run_wait(writer, &run, state);
	writer_free(writer);
}

/* Computes the digest of the mapped bytes in their order. */
static void image_sha256(const struct image *image, uint8_t ret[WRITER_SHA256_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	for (uint64_t i = 0; i < image->bytes; i++) {
		uint8_t byte = image_byte(i);

		if (i < image->hole_from || i >= image->hole_to)
			EVP_DigestUpdate(ctx, &byte, 1);
	}
	EVP_DigestFinal_ex(ctx, ret, NULL);
	EVP_MD_CTX_free(ctx);
}

static void check_written(uint64_t bytes, uint64_t hole_from, uint64_t hole_to, bool verify)
{
	cleanup(image_done) struct image image = {
		.bytes = bytes, .hole_from = hole_from, .hole_to = hole_to};
	uint64_t padded = (bytes + 511) / 512 * 512, hole_end = hole_to < bytes ? hole_to : bytes;
	uint8_t sha256[WRITER_SHA256_SIZE];
	cleanup_free uint8_t *disk = NULL;
	struct writer_state state;

	run_one(&image, verify, disk_open, &state);
	disk = disk_read();
	image_sha256(&image, sha256);
	if (state.err.code)
		fail_msg("%" PRIu64 " bytes: %s", bytes, state.err.text);
	assert_int_equal(state.written_bytes, image_mapped_bytes(&image));
	assert_memory_equal(state.sha256, sha256, sizeof(sha256));
	assert_int_equal(state.verified, verify);
	assert_true(bytes_are(disk, 0, hole_from, -1));
	/* A hole in the first MiB is cleared. Elsewhere, a hole keeps the old content of the disk.
	 */
	for (uint64_t i = hole_from; i < hole_end; i++)
		assert_int_equal(disk[i], i < MIB ? 0 : OLD);
	assert_true(bytes_are(disk, hole_end, bytes, -1));
	assert_true(bytes_are(disk, bytes, padded, 0));
	assert_true(bytes_are(disk, padded > MIB ? padded : MIB, DISK_BYTES, OLD));
	assert_int_equal(atomic_load(&image.readers), 0);
}

FIXTURE_ONCE(run_setup, run_teardown)

TEST(an_image_of_any_size_is_written)
{
	static const uint64_t sizes[] = {1,   511,     512,	     4096,	 MIB - 1,
					 MIB, MIB + 1, 5 * MIB + 17, DISK_BYTES, DISK_BYTES - 1};

	for (size_t i = 0; i < array_size(sizes); i++) {
		check_written(sizes[i], sizes[i], sizes[i], true);
		check_written(sizes[i], sizes[i], sizes[i], false);
	}
}

TEST(holes_are_not_written)
{
	check_written(5 * MIB, 4096, 8192, true);
	check_written(5 * MIB, 4096, MIB + 4096, true);
	check_written(5 * MIB, 0, 2 * MIB, true);
	check_written(5 * MIB + 100, 3 * MIB + 512, 4 * MIB, true);
	check_written(5 * MIB, 512, 5 * MIB - 512, false);
}

static void check_failure(struct image *image,
			  int (*open_fn)(struct target *, const struct target_config *,
					 struct error *),
			  int code, const char *message)
{
	struct writer_state state;

	run_one(image, true, open_fn, &state);
	assert_int_equal(state.err.code, code);
	if (!strstr(state.err.text, message))
		fail_msg("'%s' does not have '%s'", state.err.text, message);
	assert_false(state.verified);
	assert_int_equal(atomic_load(&image->readers), 0);
}

TEST(each_failure_has_its_code)
{
	cleanup(image_done) struct image too_large = {
		.bytes = DISK_BYTES + 1, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	cleanup(image_done) struct image damaged = {.bytes = 8 * MIB,
						    .fail_at = 3 * MIB,
						    .hole_from = UINT64_MAX,
						    .hole_to = UINT64_MAX};
	cleanup(image_done) struct image empty = {.hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	cleanup(image_done) struct image odd = {
		.bytes = 8 * MIB, .hole_from = 2 * MIB, .hole_to = 2 * MIB + 100};
	cleanup_free uint8_t *disk = NULL;

	check_failure(&too_large, disk_open, -ENOSPC, "too large");
	assert_true(no_first_mib());
	check_failure(&damaged, disk_open, -EBADMSG, "damaged");
	assert_true(no_first_mib());
	check_failure(&empty, disk_open, -ENODATA, "nothing");
	assert_true(no_first_mib());
	check_failure(&odd, disk_open, -EINVAL, "nothing was written to it; use --no-bmap");
	disk = disk_read();
	assert_true(bytes_are(disk, 0, DISK_BYTES, OLD));
	check_failure(&damaged, disk_open_read_only, -EBADF, "failed at byte 0");
	check_failure(&damaged, disk_open_not, -EBUSY, "mounted");
	free(disk);
	disk = disk_read();
	assert_true(bytes_are(disk, 0, DISK_BYTES, OLD));
}

/* Flips one byte while the writer waits for the end of the image. All other bytes are on the disk
 * by then. */
static void check_flip(uint64_t offset, int code)
{
	cleanup(image_done) struct image image = {
		.bytes = 9 * MIB, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	struct run run;
	struct writer *writer;
	struct writer_state state;
	uint8_t byte;
	int fd;

	writer = run_hold(&image, &run, &state);
	assert_true(no_first_mib());
	fd = open(tree_path(run_root, "disk"), O_RDWR | O_CLOEXEC);
	tree_must(fd >= 0 && pread(fd, &byte, 1, (off_t)offset) == 1);
	byte ^= 0x10;
	tree_must(pwrite(fd, &byte, 1, (off_t)offset) == 1);
	close(fd);
	atomic_store(&image.hold_at_end, false);
	run_wait(writer, &run, &state);
	writer_free(writer);
	assert_int_equal(state.err.code, code);
	if (code) {
		assert_non_null(strstr(state.err.text, "does not contain the written data; "));
		assert_true(no_first_mib());
	}
}

TEST(a_flipped_byte_fails_the_verification)
{
	check_flip(MIB, -EBADMSG);
	check_flip(5 * MIB + 77, -EBADMSG);
	check_flip(9 * MIB - 1, -EBADMSG);
	check_flip(9 * MIB, 0); /* outside the image */
	check_flip(512, 0);	/* the first MiB is written later */
}

/* The reader is ahead of the disk. An estimate from the bytes on the disk would therefore say too
 * early that all is written. */
TEST(the_total_of_a_compressed_image_is_an_estimate_of_the_reader)
{
	cleanup(image_done) struct image image = {.bytes = 9 * MIB,
						  .estimate = 20 * MIB,
						  .hole_from = UINT64_MAX,
						  .hole_to = UINT64_MAX};
	struct writer_state look;
	struct writer *writer;
	struct run run;

	writer = run_hold(&image, &run, &look);
	assert_int_equal(look.total, image.estimate);
	atomic_store(&image.hold_at_end, false);
	run_wait(writer, &run, &look);
	writer_free(writer);
	assert_int_equal(look.err.code, 0);
}

/* A cancellation at any moment ends the writer, and the disk has either the whole image or no first
 * MiB. */
TEST(a_canceled_writer_leaves_no_partial_image_that_boots)
{
	cleanup(image_done) struct image image = {
		.bytes = 9 * MIB, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	unsigned int canceled = 0;

	for (unsigned int i = 0; i < 40; i++) {
		struct run run;
		struct writer *writer;
		struct writer_state look;

		disk_new();
		writer = run_start(&image, &run, true, disk_open);
		if (i % 4)
			poll(NULL, 0, (int)i);
		writer_cancel(writer);
		run_wait(writer, &run, &look);
		writer_free(writer);
		if (look.err.code == 0)
			continue;
		canceled++;
		assert_int_equal(look.err.code, -ECANCELED);
		if (look.written_bytes)
			assert_true(no_first_mib());
		assert_int_equal(atomic_load(&image.readers), 0);
	}
	assert_true(canceled > 5);
}

/* The writers of one image compute its digest once: the foremost writer adds the bytes. A writer
 * that is cancelled does not stop the others. */
TEST(writers_share_the_digest_of_an_image)
{
	static const char *const names[] = {"disk0", "disk1", "disk2", "disk3"};
	cleanup(image_done) struct image image = {
		.bytes = 7 * MIB + 3, .hole_from = 2 * MIB, .hole_to = 3 * MIB};
	uint8_t sha256[WRITER_SHA256_SIZE];
	struct writer *writers[array_size(names)];
	struct run runs[array_size(names)];
	struct writer_state look;

	image_sha256(&image, sha256);
	for (size_t i = 0; i < array_size(names); i++) {
		disk_new();
		tree_must(rename(tree_path(run_root, "disk"), tree_path(run_root, names[i])) == 0);
		writers[i] = run_start_on(names[i], &image, &runs[i], true, disk_open);
	}
	writer_cancel(writers[0]);
	for (size_t i = 0; i < array_size(names); i++) {
		run_wait(writers[i], &runs[i], &look);
		writer_free(writers[i]);
		if (i == 0)
			continue;
		assert_int_equal(look.err.code, 0);
		assert_memory_equal(look.sha256, sha256, sizeof(sha256));
	}
}

/* A writer without an owner frees its resources, and calls no callback. */
TEST(an_abandoned_writer_cleans_up)
{
	cleanup(image_done) struct image image = {
		.bytes = 9 * MIB, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	struct run run;
	struct writer *writer;

	atomic_store(&image.hold_at_end, true);
	disk_new();
	writer = run_start(&image, &run, true, disk_open);
	while (!atomic_load(&image.readers))
		poll(NULL, 0, 1);
	writer_free(writer);
	while (atomic_load(&image.readers))
		poll(NULL, 0, 1);
	assert_int_equal(run.wakes, 0);
}

static void kill_child(void)
{
	cleanup(image_done) struct image image = {
		.bytes = 9 * MIB, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	struct run run;

	run_start(&image, &run, true, disk_open);
	for (;;)
		pause();
}

/* kill -9 at many moments: the first MiB is the old one, cleared, or that of a complete image. */
TEST(a_killed_writer_leaves_no_partial_image_that_boots)
{
	unsigned int complete = 0, none = 0;

	for (int i = 0; i < 30; i++) {
		cleanup_free uint8_t *disk = NULL;
		pid_t pid;

		disk_new();
		pid = fork();
		tree_must(pid >= 0);
		if (pid == 0)
			kill_child();
		poll(NULL, 0, 3 * i);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		disk = disk_read();
		if (bytes_are(disk, 0, 512, 0)) {
			none++;
		} else if (!bytes_are(disk, 0, 512, OLD)) {
			assert_true(bytes_are(disk, 0, 9 * MIB, -1));
			complete++;
		}
	}
	print_message("of 30 killed: %u without a first MiB, %u complete\n", none, complete);
}
