/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the thread that writes a disk. It clears the boot area (the first MiB) of the disk first and
 * writes it last, because an incomplete disk without a boot area does not boot. */
#include "flash/writer.h"

#include "flash/unmount.h"
#include "flash/writer_internal.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BOOT_AREA_ALIGNMENT 4096
#define PASS_SLOTS	    4

struct writer {
	struct writer_config config;
	struct writer_disk disk;
	/* The reference count of this struct. The owner and the writer's thread hold one reference
	 * each. */
	atomic_uint references;
	/* The mutex in disk.progress protects all following members. */
	bool owned; /* true until writer_free() */
	/* The current work: writing or verifying the whole disk. NULL if there is none. Another
	 * thread may stop it. */
	struct writer_pass *pass;
};

static void writer_lock(struct writer *writer)
{
	pthread_mutex_lock(&writer->disk.progress.mutex);
}

static void writer_unlock(struct writer *writer)
{
	pthread_mutex_unlock(&writer->disk.progress.mutex);
}

static void writer_drop(struct writer *writer)
{
	if (atomic_fetch_sub(&writer->references, 1) > 1)
		return;
	pthread_mutex_destroy(&writer->disk.progress.mutex);
	free(writer->disk.boot_area);
	free(writer->disk.extents);
	image_free(writer->config.image);
	unmount_helper_free(writer->config.target.unmount_helper);
	free(writer);
}

static void writer_set_pass(struct writer *writer, struct writer_pass *pass)
{
	writer_lock(writer);
	writer->pass = pass;
	writer_unlock(writer);
}

/* Creates a ring of buffers and calls run(), which uses the ring to write or verify the disk.
 * Meanwhile, another thread can stop run() with writer_cancel(). */
static int writer_run_pass(struct writer *writer, struct writer_pass *pass,
			   int (*run)(struct writer_pass *pass, struct error *err),
			   struct error *err)
{
	int r;

	pass->disk = &writer->disk;
	pass->ring = ring_new(PASS_SLOTS, PASS_SLOT_BYTES, pass->reader ? 2 : 1);
	if (!pass->ring)
		return error_set(err, -ENOMEM, "out of memory");
	writer_set_pass(writer, pass);
	r = writer_disk_check_canceled(pass->disk, err);
	if (r == 0)
		r = run(pass, err);
	writer_set_pass(writer, NULL);
	ring_free(pass->ring);
	return r;
}

static int writer_write(struct writer *writer, struct error *err)
{
	struct image *image = writer->config.image;
	struct writer_pass pass = {.digest = image_digest(image)};
	uint8_t sha256[DIGEST_SIZE];
	void *boot_area;
	int r;

	if (posix_memalign(&boot_area, BOOT_AREA_ALIGNMENT, 2 * BOOT_AREA_BYTES) != 0)
		return error_set(err, -ENOMEM, "out of memory");
	writer->disk.boot_area = memset(boot_area, 0, BOOT_AREA_BYTES);
	r = image_reader_new(&pass.reader, image, err);
	if (r == 0)
		r = writer_run_pass(writer, &pass, writer_pass_write, err);
	image_reader_free(pass.reader);
	if (r < 0)
		return r;
	digest_result(pass.digest, sha256);
	writer_lock(writer);
	memcpy(writer->disk.progress.state.sha256, sha256, sizeof(sha256));
	writer_unlock(writer);
	return 0;
}

static int writer_verify(struct writer *writer, struct error *err)
{
	struct writer_pass pass = {.digest = digest_new(image_digest(writer->config.image))};
	int r;

	if (!pass.digest)
		return error_set(err, -ENOMEM, "out of memory");
	writer_progress_move(&writer->disk.progress, WRITER_VERIFYING, 0, writer->disk.bytes);
	r = writer_run_pass(writer, &pass, writer_pass_verify, err);
	digest_free(pass.digest);
	return r;
}

/* Writes the image to the disk and verifies the disk. The boot area (the first MiB) is written
 * last, so that an incomplete disk does not boot. */
static int writer_work(struct writer *writer, struct error *err)
{
	int r = writer_write(writer, err);

	if (r == 0 && writer->config.verify)
		r = writer_verify(writer, err);
	if (r == 0)
		r = writer_disk_check_canceled(&writer->disk, err);
	/* The disk is now complete except for its boot area (the first MiB). From now on, the
	 * writer can no longer be canceled. */
	if (r == 0)
		r = writer_disk_write_boot_area(&writer->disk, err);
	if (r == 0 && writer->config.verify)
		r = writer_disk_verify_boot_area(&writer->disk, err);
	return r;
}

/* Collects two things for the final report: the warnings about the written disk, and the list of
 * its partitions. If the partitions cannot be read, the disk still counts as written. */
static void writer_inspect(struct writer *writer, struct writer_state *ret)
{
	struct writer_disk *disk = &writer->disk;

	ret->warning_count = writer_find_warnings(disk, ret->warnings);
	if (disk->target.direct)
		target_partitions(&disk->target, &writer->config.target, ret->partitions,
				  &ret->partition_count, NULL);
}

static void *writer_run(void *arg)
{
	struct writer *writer = arg;
	struct writer_state end;
	struct error err = {0};
	int r = writer_work(writer, &err);

	writer_progress_busy(&writer->disk.progress, true);
	writer_look(writer, &end);
	if (r == 0)
		writer_inspect(writer, &end);
	else
		end.err = err;
	target_close(&writer->disk.target);
	end.disk_busy = false;
	end.written_bytes = writer->disk.bytes;
	end.verified = r == 0 && writer->config.verify;
	end.phase = WRITER_ENDED;
	writer_lock(writer);
	writer->disk.progress.state = end;
	if (writer->owned && writer->config.wake)
		writer->config.wake(writer->config.wake_ctx);
	writer_unlock(writer);
	writer_drop(writer);
	return NULL;
}

int writer_new(struct writer **ret, const struct writer_config *config, struct error *err)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (!writer)
		return error_set(err, -ENOMEM, "out of memory");
	writer->config = *config;
	image_hold(config->image);
	unmount_helper_hold(config->target.unmount_helper);
	atomic_init(&writer->references, 2);
	writer->owned = true;
	writer->disk.config = &writer->config;
	writer->disk.target.fd = -1;
	pthread_mutex_init(&writer->disk.progress.mutex, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, writer_run, writer);
	pthread_attr_destroy(&attr);
	if (r != 0) {
		atomic_store(&writer->references, 1);
		writer_drop(writer);
		return error_set(err, -r, "cannot start a thread to write %s: %s",
				 config->target.disk.path, strerror(r));
	}
	*ret = writer;
	return 0;
}

struct writer *writer_free(struct writer *writer)
{
	if (!writer)
		return NULL;
	writer_cancel(writer);
	writer_lock(writer);
	writer->owned = false;
	writer_unlock(writer);
	writer_drop(writer);
	return NULL;
}

void writer_look(struct writer *writer, struct writer_state *ret)
{
	writer_lock(writer);
	*ret = writer->disk.progress.state;
	writer_unlock(writer);
}

void writer_cancel(struct writer *writer)
{
	atomic_store(&writer->disk.canceled, true);
	writer_lock(writer);
	if (writer->pass)
		writer_pass_stop(writer->pass);
	writer_unlock(writer);
}
