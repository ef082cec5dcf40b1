/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the image to the disk, and verifies the disk afterwards. Each of the two is a pass: the
 * writer's thread does the disk I/O, and helper threads read the image and compute digests. The
 * ring of buffers between the threads lets a helper be a few buffers ahead of the disk or behind
 * it:
 *
 *   image -> [helper: read] -> ring -> [writer: write] -> disk
 *                                   -> [helper: sum]
 *   disk  -> [writer: read] -> ring -> [helper: sum, compare] */
#include "flash/writer_internal.h"

#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Two threads read the ring of buffers while the disk is written. Number 0 computes the digest of
 * the image, and number 1 writes the disk. */
enum { CONSUMER_DIGEST, CONSUMER_DISK };

static int extent_add(struct writer_disk *disk, uint64_t offset, uint64_t bytes, struct error *err)
{
	struct writer_extent *last =
		disk->extent_count ? &disk->extents[disk->extent_count - 1] : NULL;
	struct writer_extent *grown;

	if (last && last->offset + last->bytes == offset) {
		last->bytes += bytes;
		return 0;
	}
	grown = util_grow(disk->extents, disk->extent_count, sizeof(*grown));
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	disk->extents = grown;
	disk->extents[disk->extent_count++] =
		(struct writer_extent){.offset = offset, .bytes = bytes};
	return 0;
}

/* Runs in a helper thread: reads the image into the ring of buffers, from which the writer's thread
 * writes it to the disk. */
static void *image_run(void *arg)
{
	struct writer_pass *pass = arg;
	struct ring_slot *slot;

	while ((slot = ring_begin_write(pass->ring))) {
		ssize_t n = image_reader_next(pass->reader, slot->data, PASS_SLOT_BYTES,
					      &slot->offset, &pass->helper_err);

		if (n <= 0)
			break;
		slot->bytes = (size_t)n;
		ring_commit_write(pass->ring);
	}
	ring_end(pass->ring);
	return NULL;
}

/* Runs in a helper thread: computes the digest of the image while another thread writes the image
 * to the disk. */
static void *digest_run(void *arg)
{
	struct writer_pass *pass = arg;
	struct ring_slot *slot;
	uint64_t at = 0;

	while ((slot = ring_begin_read(pass->ring, CONSUMER_DIGEST))) {
		digest_add_at(pass->digest, at, slot->data, slot->bytes);
		at += slot->bytes;
		ring_end_read(pass->ring, CONSUMER_DIGEST);
	}
	return NULL;
}

/* Returns: the total number of bytes that the writer will write to the disk. If the size of the
 * image is unknown, the number is an estimate. */
static uint64_t write_total(const struct writer_pass *pass)
{
	uint64_t total = image_mapped_bytes(pass->disk->config->image);

	/* Estimate the size of the whole image: the reader knows how many bytes of the compressed
	 * file have given how many bytes of the image. */
	return total ? total : image_reader_estimate(pass->reader);
}

/* Writes one buffer with a part of the image to the disk. Bytes for the boot area (the first MiB)
 * stay in memory, because it is written last. */
static int write_slot(struct writer_disk *disk, struct ring_slot *slot, struct error *err)
{
	const char *image = image_name(disk->config->image);
	uint64_t offset = slot->offset, bytes = slot->bytes, skip = 0;
	int r;

	if (bytes > disk->target.bytes || offset > disk->target.bytes - bytes)
		return error_set(err, -ENOSPC,
				 "%s is too large for %s, which has %" PRIu64 " bytes", image,
				 disk->target.path, disk->target.bytes);
	if (offset < disk->boot_area_bytes) {
		skip = disk->boot_area_bytes - offset;
		skip = skip < bytes ? skip : bytes;
		memcpy(disk->boot_area + offset, slot->data, skip);
	}
	if (bytes > skip) {
		uint64_t whole = writer_disk_padded(disk, bytes - skip);

		memset(slot->data + bytes, 0, whole - (bytes - skip));
		r = writer_disk_write(disk, slot->data + skip, whole, offset + skip, err);
		if (r < 0)
			return r;
	}
	disk->bytes += bytes;
	return extent_add(disk, offset, bytes, err);
}

/* Opens the disk and writes the image to it. Meanwhile, a helper thread already reads the image. */
static int write_slots(struct writer_pass *pass, struct error *err)
{
	struct writer_disk *disk = pass->disk;
	struct ring_slot *slot;
	int r = writer_disk_open(disk, err);

	while (r == 0 && (slot = ring_begin_read(pass->ring, CONSUMER_DISK))) {
		r = write_slot(disk, slot, err);
		ring_end_read(pass->ring, CONSUMER_DISK);
		writer_progress_move(&disk->progress, WRITER_WRITING, disk->bytes,
				     write_total(pass));
	}
	return r;
}

static int helper_start(struct writer_pass *pass, pthread_t *ret, void *(*helper)(void *arg),
			struct error *err)
{
	int r = pthread_create(ret, NULL, helper, pass);

	if (r == 0)
		return 0;
	return error_set(err, -r, "cannot start a thread that writes or verifies the disk: %s",
			 strerror(r));
}

void writer_pass_stop(struct writer_pass *pass)
{
	ring_close(pass->ring);
	if (pass->reader)
		image_reader_cancel(pass->reader);
}

/* Writes or verifies a disk. run() does the disk I/O in the current thread. helper() and second()
 * read the image or compute digests, each in a helper thread. `second` may be NULL. The function
 * waits for the helper threads to end. */
static int pass_run(struct writer_pass *pass, void *(*helper)(void *arg),
		    void *(*second)(void *arg),
		    int (*run)(struct writer_pass *pass, struct error *err), struct error *err)
{
	pthread_t helper_thread, second_thread;
	int r = helper_start(pass, &helper_thread, helper, err);

	if (r < 0)
		return r;
	if (second) {
		r = helper_start(pass, &second_thread, second, err);
		if (r < 0)
			second = NULL;
	}
	if (r == 0)
		r = run(pass, err);
	if (r < 0)
		writer_pass_stop(pass);
	pthread_join(helper_thread, NULL);
	if (second)
		pthread_join(second_thread, NULL);
	if (r == 0)
		r = writer_disk_check_canceled(pass->disk, err);
	if (r == 0 && pass->helper_err.code < 0)
		r = error_copy(err, &pass->helper_err);
	return r;
}

int writer_pass_write(struct writer_pass *pass, struct error *err)
{
	int r = pass_run(pass, image_run, digest_run, write_slots, err);

	if (r < 0)
		return r;
	if (pass->disk->bytes == 0)
		return error_set(err, -ENODATA, "%s contains nothing to write",
				 image_name(pass->disk->config->image));
	return writer_disk_flush(pass->disk, err);
}

/* Adds data read back from the disk to a digest. At certain offsets (checkpoints), this digest is
 * compared with the digest of the image. If the digests differ, the error message states the size
 * of the range that contains the difference. The range begins at the last checkpoint with equal
 * digests. */
static bool compare_slot(struct writer_pass *pass, const struct ring_slot *slot, uint64_t bytes)
{
	if (digest_add(pass->digest, slot->data, slot->bytes))
		return true;
	error_set(&pass->helper_err, -EBADMSG,
		  "%s does not contain the written data: a difference is in the last %" PRIu64
		  " bytes that were read back, up to byte %" PRIu64
		  "; the board's storage is failing",
		  pass->disk->target.path,
		  bytes + slot->bytes - digest_verified_bytes(pass->digest),
		  slot->offset + slot->bytes);
	return false;
}

/* Runs in a helper thread: verifies the disk by comparing the data read back from it with the
 * digest of the image. */
static void *compare_run(void *arg)
{
	struct writer_pass *pass = arg;
	struct ring_slot *slot;
	uint64_t bytes = 0;

	while ((slot = ring_begin_read(pass->ring, CONSUMER_DIGEST))) {
		if (!compare_slot(pass, slot, bytes)) {
			ring_close(pass->ring);
			break;
		}
		bytes += slot->bytes;
		ring_end_read(pass->ring, CONSUMER_DIGEST);
		writer_progress_move(&pass->disk->progress, WRITER_VERIFYING, bytes,
				     pass->disk->bytes);
	}
	return NULL;
}

/* Reads the next bytes of the disk into one buffer for the verification. The boot area (the first
 * MiB) is not yet on the disk at this time, so its bytes come from memory. */
static int read_slot(struct writer_disk *disk, struct ring_slot *slot, uint64_t offset,
		     uint64_t left, struct error *err)
{
	bool from_memory = offset < disk->boot_area_bytes;
	uint64_t most = from_memory ? disk->boot_area_bytes - offset : PASS_SLOT_BYTES;

	slot->offset = offset;
	slot->bytes = left < most ? left : most;
	if (!from_memory)
		return writer_disk_read(disk, slot->data, writer_disk_padded(disk, slot->bytes),
					offset, err);
	memcpy(slot->data, disk->boot_area + offset, slot->bytes);
	return 0;
}

static int read_slots(struct writer_pass *pass, struct error *err)
{
	const struct writer_disk *disk = pass->disk;
	struct ring_slot *slot;
	int r;

	for (size_t i = 0; i < disk->extent_count; i++) {
		struct writer_extent extent = disk->extents[i];

		while (extent.bytes && (slot = ring_begin_write(pass->ring))) {
			r = read_slot(pass->disk, slot, extent.offset, extent.bytes, err);
			if (r < 0)
				return r;
			extent.offset += slot->bytes;
			extent.bytes -= slot->bytes;
			ring_commit_write(pass->ring);
		}
		if (extent.bytes)
			/* Another thread has closed the ring, because the writer was canceled or a
			 * helper thread failed. The caller reports this cause, so do not report an
			 * error here. */
			return 0;
	}
	ring_end(pass->ring);
	return 0;
}

int writer_pass_verify(struct writer_pass *pass, struct error *err)
{
	const struct writer_disk *disk = pass->disk;
	uint8_t sha256[DIGEST_SIZE];
	char place[64] = "";
	int r = pass_run(pass, compare_run, NULL, read_slots, err);

	if (r < 0)
		return r;
	digest_result(pass->digest, sha256);
	if (memcmp(sha256, disk->progress.state.sha256, sizeof(sha256)) == 0)
		return 0;
	if (digest_verified_bytes(pass->digest) > 0)
		snprintf(place, sizeof(place), ": it differs after the first %" PRIu64 " bytes",
			 digest_verified_bytes(pass->digest));
	return error_set(err, -EBADMSG,
			 "%s does not contain the written data%s; the board's storage is failing",
			 disk->target.path, place);
}
