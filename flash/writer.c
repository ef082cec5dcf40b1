/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the thread that writes a disk, and the order of its steps. The first MiB, which makes the
 * disk look like a system, is cleared first and written last. The passes are in
 * flash/writer_pass.c. */
#include "flash/writer.h"

#include "flash/unmount.h"
#include "flash/writer_internal.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WRITER_ALIGNMENT 4096

static void writer_drop(struct writer *writer)
{
	bool last;

	pthread_mutex_lock(&writer->mutex);
	last = --writer->references == 0;
	pthread_mutex_unlock(&writer->mutex);
	if (!last)
		return;
	pthread_mutex_destroy(&writer->mutex);
	prefix_free(writer->read);
	ring_free(writer->ring);
	free(writer->first);
	image_free(writer->config.image);
	unmount_helper_free(writer->config.target.unmount_helper);
	free(writer->extents);
	free(writer);
}

int writer_check_canceled(struct writer *writer, struct error *err)
{
	if (!atomic_load(&writer->canceled))
		return 0;
	if (!writer->state.touched) /* only this thread changes it */
		return error_set(err, -ECANCELED,
				 "writing %s was stopped before it began: nothing was written to "
				 "it",
				 writer->config.target.disk.path);
	return error_set(err, -ECANCELED,
			 "writing %s was stopped after %" PRIu64
			 " bytes: it has no valid beginning now and does not boot",
			 writer->config.target.disk.path, writer->bytes);
}

void writer_moved(struct writer *writer, enum writer_phase phase, uint64_t bytes, uint64_t total)
{
	pthread_mutex_lock(&writer->mutex);
	writer->state.phase = phase;
	writer->state.bytes = bytes;
	writer->state.total = total;
	pthread_mutex_unlock(&writer->mutex);
}

static void writer_set_busy(struct writer *writer, bool busy)
{
	pthread_mutex_lock(&writer->mutex);
	writer->state.disk_busy = busy;
	writer->state.disk_operations += busy;
	pthread_mutex_unlock(&writer->mutex);
}

void writer_disk_begin(struct writer *writer)
{
	writer_set_busy(writer, true);
}

void writer_disk_end(struct writer *writer)
{
	writer_set_busy(writer, false);
}

void writer_touch(struct writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	writer->state.touched = true;
	pthread_mutex_unlock(&writer->mutex);
}

/* Creates a new ring and, for the writing pass, a new image reader. Both are stored in the
 * writer, so that writer_cancel() can reach them. */
static int writer_prepare(struct writer *writer, bool with_reader, struct error *err)
{
	struct ring *ring =
		ring_new(WRITER_PIECES, WRITER_PIECE_BYTES, with_reader ? WRITER_TAKERS : 1);
	struct ring *old = writer->ring;
	struct image_reader *reader = NULL, *old_reader = writer->reader;
	int r = 0;

	if (!ring)
		return error_set(err, -ENOMEM, "out of memory");
	if (with_reader)
		r = image_reader_new(&reader, writer->config.image, err);
	pthread_mutex_lock(&writer->mutex);
	writer->ring = ring;
	writer->reader = reader;
	pthread_mutex_unlock(&writer->mutex);
	ring_free(old);
	image_reader_free(old_reader);
	return r < 0 ? r : writer_check_canceled(writer, err);
}

static int writer_allocate(struct writer *writer, struct error *err)
{
	void *first;

	if (posix_memalign(&first, WRITER_ALIGNMENT, 2 * WRITER_FIRST_BYTES) != 0)
		return error_set(err, -ENOMEM, "out of memory");
	memset(first, 0, WRITER_FIRST_BYTES);
	writer->first = first;
	return 0;
}

static int writer_write(struct writer *writer, struct error *err)
{
	uint8_t sha256[PREFIX_DIGEST_SIZE];
	int r = writer_allocate(writer, err);

	if (r == 0)
		r = writer_prepare(writer, true, err);
	if (r == 0)
		r = writer_write_rest(writer, err);
	if (r < 0)
		return r;
	prefix_digest(image_sum(writer->config.image), sha256);
	pthread_mutex_lock(&writer->mutex);
	memcpy(writer->state.sha256, sha256, sizeof(sha256));
	pthread_mutex_unlock(&writer->mutex);
	return 0;
}

static int writer_verify(struct writer *writer, struct error *err)
{
	int r;

	writer->read = prefix_new(image_sum(writer->config.image));
	if (!writer->read)
		return error_set(err, -ENOMEM, "out of memory");
	writer_moved(writer, WRITER_VERIFYING, 0, writer->bytes);
	r = writer_prepare(writer, false, err);
	return r < 0 ? r : writer_verify_rest(writer, err);
}

/* Runs all steps of writing and verifying. */
static int writer_work(struct writer *writer, struct error *err)
{
	const struct writer_config *config = &writer->config;
	int r = writer_write(writer, err);

	if (r == 0 && config->verify)
		r = writer_verify(writer, err);
	if (r == 0)
		r = writer_check_canceled(writer, err);
	/* The writer is not canceled after this point. The disk is complete except for its first
	 * MiB. */
	if (r == 0)
		r = writer_write_first(writer, err);
	if (r == 0 && config->verify)
		r = writer_verify_first(writer, err);
	return r;
}

/* Reports the partitions of the disk for the user. If they cannot be read, the result is still a
 * success. */
static void writer_list_partitions(struct writer *writer)
{
	struct event_partition partitions[TARGET_PARTITIONS_MAX];
	size_t count = 0;

	if (!writer->target.direct || target_partitions(&writer->target, &writer->config.target,
							partitions, &count, NULL) < 0)
		return;
	pthread_mutex_lock(&writer->mutex);
	memcpy(writer->state.partitions, partitions, count * sizeof(partitions[0]));
	writer->state.partition_count = count;
	pthread_mutex_unlock(&writer->mutex);
}

static void writer_list_warnings(struct writer *writer)
{
	struct writer_warning warnings[WRITER_WARNINGS_MAX];
	size_t count = writer_find_warnings(writer, warnings);

	pthread_mutex_lock(&writer->mutex);
	memcpy(writer->state.warnings, warnings, count * sizeof(warnings[0]));
	writer->state.warning_count = count;
	pthread_mutex_unlock(&writer->mutex);
}

static void writer_let_go_of_image(struct writer *writer)
{
	struct image_reader *reader;

	pthread_mutex_lock(&writer->mutex);
	reader = writer->reader;
	writer->reader = NULL;
	pthread_mutex_unlock(&writer->mutex);
	image_reader_free(reader);
}

static void *writer_run(void *arg)
{
	struct writer *writer = arg;
	struct error err = {0};
	int r = writer_work(writer, &err);

	writer_disk_begin(writer);
	if (r == 0) {
		writer_list_warnings(writer);
		writer_list_partitions(writer);
	}
	target_close(&writer->target);
	writer_disk_end(writer);
	writer_let_go_of_image(writer);
	pthread_mutex_lock(&writer->mutex);
	writer->state.written_bytes = writer->bytes;
	if (r < 0)
		writer->state.err = err;
	writer->state.verified = r == 0 && writer->config.verify;
	writer->state.phase = WRITER_ENDED;
	if (writer->owned && writer->config.wake)
		writer->config.wake(writer->config.wake_ctx);
	pthread_mutex_unlock(&writer->mutex);
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
	writer->references = 2;
	writer->owned = true;
	writer->target.fd = -1;
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, writer_run, writer);
	pthread_attr_destroy(&attr);
	if (r != 0) {
		writer->references = 1;
		writer_drop(writer);
		return error_set(err, -EAGAIN, "no thread can be started to write %s",
				 config->target.disk.path);
	}
	*ret = writer;
	return 0;
}

struct writer *writer_free(struct writer *writer)
{
	if (!writer)
		return NULL;
	writer_cancel(writer);
	pthread_mutex_lock(&writer->mutex);
	writer->owned = false;
	pthread_mutex_unlock(&writer->mutex);
	writer_drop(writer);
	return NULL;
}

void writer_look(struct writer *writer, struct writer_state *ret)
{
	pthread_mutex_lock(&writer->mutex);
	*ret = writer->state;
	pthread_mutex_unlock(&writer->mutex);
}

void writer_cancel(struct writer *writer)
{
	atomic_store(&writer->canceled, true);
	pthread_mutex_lock(&writer->mutex);
	if (writer->ring)
		ring_close(writer->ring);
	if (writer->reader)
		image_reader_cancel(writer->reader);
	pthread_mutex_unlock(&writer->mutex);
}
