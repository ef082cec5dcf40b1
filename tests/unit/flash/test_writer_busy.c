/* SPDX-License-Identifier: Apache-2.0 */
/* The reported state of the disk while the writer runs: pending operations, and the start of
 * writing. */
#include "tests/test.h"
#include "tests/unit/flash/writer_run.h"

#include "flash/unmount.h"

static atomic_bool opening_held;

static int disk_open_held(struct target *ret, const struct target_config *config, struct error *err)
{
	while (atomic_load(&opening_held))
		poll(NULL, 0, 1);
	return disk_open(ret, config, err);
}

/* The program does the same: a writer that outlives its owner can still use libcrypto at exit. */
static int libcrypto_setup(void **state)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	return run_setup(state);
}

FIXTURE_ONCE(libcrypto_setup, run_teardown)

/* A writer that is cancelled while the disk is opened does not change the disk, and reports it. */
TEST(a_writer_canceled_early_keeps_the_disk)
{
	cleanup(image_done) struct image image = {
		.bytes = 9 * MIB, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	cleanup_free uint8_t *disk = NULL;
	struct run run;
	struct writer *writer;
	struct writer_state look;

	atomic_store(&opening_held, true);
	disk_new();
	writer = run_start(&image, &run, true, disk_open_held);
	do {
		poll(NULL, 0, 1);
		writer_look(writer, &look);
	} while (!look.disk_busy);
	assert_int_equal(look.disk_operations, 1);
	assert_false(look.write_started);
	writer_cancel(writer);
	atomic_store(&opening_held, false);
	run_wait(writer, &run, &look);
	writer_free(writer);
	assert_int_equal(look.err.code, -ECANCELED);
	assert_non_null(strstr(look.err.text, "nothing was written to the disk"));
	assert_false(look.write_started);
	disk = disk_read();
	assert_true(bytes_are(disk, 0, DISK_BYTES, OLD));
}

/* The state shows whether the writer waits for the image or for the disk. */
TEST(a_busy_disk_differs_from_a_slow_image)
{
	cleanup(image_done) struct image image = {
		.bytes = 3 * MIB, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	struct run run;
	struct writer *writer;
	struct writer_state look;
	/* Operations: open, clear, flush, and two writes of 1 MiB after the first MiB. */
	const uint64_t before = 1 + 2 + 2;
	/* Operations: flush, two reads, two writes of the first MiB with a flush each, a read,
	 * close. */
	const uint64_t after = 1 + 2 + 4 + 1 + 1;

	writer = run_hold(&image, &run, &look);
	assert_false(look.disk_busy);
	assert_true(look.write_started);
	assert_int_equal(look.disk_operations, before);
	atomic_store(&image.hold_at_end, false);
	run_wait(writer, &run, &look);
	writer_free(writer);
	assert_int_equal(look.err.code, 0);
	assert_false(look.disk_busy);
	assert_int_equal(look.disk_operations, before + after);
}

static atomic_int unmounted; /* the result; 1: none yet */

static int disk_open_unmounts(struct target *ret, const struct target_config *config,
			      struct error *err)
{
	while (atomic_load(&opening_held))
		poll(NULL, 0, 1);
	atomic_store(&unmounted, unmount_helper_unmount(config->unmount_helper,
							tree_path(run_root, "not-mounted")));
	return disk_open_not(ret, config, err);
}

/* The program ends while a disk does not answer. The thread keeps the memory that it still uses. */
TEST(a_writer_can_outlive_its_owner)
{
	/* static: no event shows the end of the thread */
	static struct image image = {
		.bytes = 3 * MIB, .hole_from = UINT64_MAX, .hole_to = UINT64_MAX};
	struct writer_config config = {.image = &image, .open = disk_open_unmounts};
	struct unmount_helper *unmount_helper = NULL;
	struct writer_state look = {0};
	struct writer *writer = NULL;
	int answer;

	atomic_store(&opening_held, true);
	atomic_store(&unmounted, 1);
	assert_int_equal(unmount_helper_new(&unmount_helper, NULL), 0);
	config.target.unmount_helper = unmount_helper;
	assert_int_equal(writer_new(&writer, &config, NULL), 0);
	while (!look.disk_busy) {
		poll(NULL, 0, 1);
		writer_look(writer, &look);
	}
	writer_free(writer);
	unmount_helper_free(unmount_helper);
	atomic_store(&opening_held, false);
	while ((answer = atomic_load(&unmounted)) == 1)
		poll(NULL, 0, 1);
	assert_true(answer == -EINVAL || answer == -ENOENT || answer == -EPERM);
}
