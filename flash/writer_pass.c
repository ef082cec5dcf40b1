/* SPDX-License-Identifier: Apache-2.0 */
/* The passes over the disk. In each pass, the writer's thread does the disk I/O, and helper
 * threads do the rest, a few buffers ahead or behind:
 *
 *   image -> [helper: read] -> ring -> [writer: write] -> disk
 *                                   -> [helper: sum]
 *   disk  -> [writer: read] -> ring -> [helper: sum, compare] */
#include "flash/writer_internal.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Returns: a cause and a remedy for the common I/O errors. */
static const char *io_reason(int code)
{
	switch (code) {
	case ENODEV:
	case ENXIO:
	case ENOMEDIUM:
		return "the disk is gone: check the cable and the board's power";
	case EROFS:
	case EPERM:
		return "the disk is write-protected";
	case EIO:
		return "an I/O error: the board was unplugged or reset, or its storage is failing";
	case EREMOTEIO:
	case ENODATA:
	case EILSEQ:
		return "a medium error: the board's storage is failing";
	case ENOSPC:
		return "the disk is smaller than it says";
	}
	return strerror(code);
}

static int io_error(const struct writer *writer, int code, const char *doing, uint64_t offset,
		    struct error *err)
{
	return error_set(err, -code, "%s %s failed at byte %" PRIu64 ": %s", doing,
			 writer->target.path, offset, io_reason(code));
}

/* Makes one write call and marks the disk as busy during it.
 * Returns: the number of bytes or a negative errno value. */
static ssize_t disk_write(struct writer *writer, const uint8_t *data, uint64_t bytes,
			  uint64_t offset)
{
	ssize_t n;

	writer_disk_begin(writer);
	n = pwrite(writer->target.fd, data, bytes, (off_t)offset);
	n = n < 0 ? -errno : n;
	writer_disk_end(writer);
	return n;
}

static ssize_t disk_read(struct writer *writer, uint8_t *data, uint64_t bytes, uint64_t offset)
{
	ssize_t n;

	writer_disk_begin(writer);
	n = pread(writer->target.fd, data, bytes, (off_t)offset);
	n = n < 0 ? -errno : n;
	writer_disk_end(writer);
	return n;
}

static int io_write(struct writer *writer, const uint8_t *data, uint64_t bytes, uint64_t offset,
		    struct error *err)
{
	uint64_t done = 0;

	while (done < bytes) {
		ssize_t n = disk_write(writer, data + done, bytes - done, offset + done);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return io_error(writer, n < 0 ? (int)-n : ENOSPC, "writing", offset + done,
					err);
		done += (uint64_t)n;
	}
	return 0;
}

static int io_read(struct writer *writer, uint8_t *data, uint64_t bytes, uint64_t offset,
		   struct error *err)
{
	uint64_t done = 0;

	while (done < bytes) {
		ssize_t n = disk_read(writer, data + done, bytes - done, offset + done);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return io_error(writer, n < 0 ? (int)-n : EIO, "reading back",
					offset + done, err);
		done += (uint64_t)n;
	}
	return 0;
}

/* Flushes the disk. In tests, a plain file stands for a disk; its pages are also dropped from
 * the page cache, so that it is read again. */
static int io_flush(struct writer *writer, struct error *err)
{
	int code;

	writer_disk_begin(writer);
	code = fdatasync(writer->target.fd) < 0 ? errno : 0;
	writer_disk_end(writer);
	if (code)
		return io_error(writer, code, "flushing", writer->bytes, err);
	if (!writer->target.direct)
		posix_fadvise(writer->target.fd, 0, 0, POSIX_FADV_DONTNEED);
	return 0;
}

/* Rounds bytes up to whole blocks, which direct I/O requires. */
static uint64_t padded(const struct writer *writer, uint64_t bytes)
{
	uint64_t block = writer->target.block_bytes;

	return (bytes + block - 1) / block * block;
}

/* Writes writer->first, which contains zeros here, to the disk before anything else. */
static int clear_first(struct writer *writer, struct error *err)
{
	int r = io_write(writer, writer->first, writer->first_bytes, 0, err);

	return r < 0 ? r : io_flush(writer, err);
}

/* Writes the first MiB after everything else. The first blocks contain the tables that make the
 * disk look like a system, so they are written last and in one write. */
int writer_write_first(struct writer *writer, struct error *err)
{
	uint64_t head = padded(writer, WRITER_HEAD_BYTES);
	int r = 0;

	if (head > writer->first_bytes)
		head = writer->first_bytes;
	if (head < writer->first_bytes)
		r = io_write(writer, writer->first + head, writer->first_bytes - head, head, err);
	if (r == 0)
		r = io_flush(writer, err);
	if (r == 0)
		r = io_write(writer, writer->first, head, 0, err);
	return r < 0 ? r : io_flush(writer, err);
}

int writer_verify_first(struct writer *writer, struct error *err)
{
	uint8_t *again = writer->first + WRITER_FIRST_BYTES;
	int r = io_read(writer, again, writer->first_bytes, 0, err);

	if (r < 0 || memcmp(again, writer->first, writer->first_bytes) == 0)
		return r;
	memset(writer->first, 0, writer->first_bytes);
	clear_first(writer, NULL);
	return error_set(err, -EBADMSG,
			 "%s does not hold what was written: its first MiB differs; the board's "
			 "storage is failing",
			 writer->target.path);
}

static int extent_add(struct writer *writer, uint64_t offset, uint64_t bytes, struct error *err)
{
	struct writer_extent *last =
		writer->extent_count ? &writer->extents[writer->extent_count - 1] : NULL;

	if (last && last->offset + last->bytes == offset) {
		last->bytes += bytes;
		return 0;
	}
	if (writer->extent_count == writer->extent_room) {
		size_t room = writer->extent_room ? 2 * writer->extent_room : 64;
		struct writer_extent *grown =
			reallocarray(writer->extents, room, sizeof(*writer->extents));

		if (!grown)
			return error_set(err, -ENOMEM, "out of memory");
		writer->extents = grown;
		writer->extent_room = room;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there is room for one */
	writer->extents[writer->extent_count++] =
		(struct writer_extent){.offset = offset, .bytes = bytes};
	return 0;
}

/* Reads the image and fills the ring. This is a helper of the writing pass. */
static void *image_run(void *arg)
{
	struct writer *writer = arg;
	struct ring_piece *piece;

	while ((piece = ring_fill(writer->ring))) {
		ssize_t n = image_reader_next(writer->reader, piece->data, WRITER_PIECE_BYTES,
					      &piece->offset, &writer->helper_err);

		if (n <= 0)
			break;
		piece->bytes = (size_t)n;
		ring_filled(writer->ring);
	}
	ring_end(writer->ring);
	return NULL;
}

static void *sum_run(void *arg)
{
	struct writer *writer = arg;
	struct prefix *sum = image_sum(writer->config.image);
	struct ring_piece *piece;
	uint64_t at = 0;

	while ((piece = ring_take(writer->ring, WRITER_TAKER_SUM))) {
		prefix_add_at(sum, at, piece->data, piece->bytes);
		at += piece->bytes;
		ring_taken(writer->ring, WRITER_TAKER_SUM);
	}
	return NULL;
}

/* Returns: the bytes that will be written. If the size is unknown, the result is an estimate
 * from the progress of the image reader. */
static uint64_t write_total(struct writer *writer)
{
	uint64_t total = image_mapped_bytes(writer->config.image), done, of;

	if (total)
		return total;
	image_reader_progress(writer->reader, &done, &of);
	return done ? (uint64_t)((double)writer->bytes / (double)done * (double)of) : 0;
}

static int write_piece(struct writer *writer, struct ring_piece *piece, struct error *err)
{
	uint64_t offset = piece->offset, bytes = piece->bytes, skip = 0;
	int r;

	if (offset % writer->target.block_bytes != 0)
		return error_set(err, -EINVAL,
				 "the block map of %s is for smaller blocks than the %" PRIu32
				 " bytes of %s: use --no-bmap",
				 image_name(writer->config.image), writer->target.block_bytes,
				 writer->target.path);
	if (bytes > writer->target.bytes || offset > writer->target.bytes - bytes)
		return error_set(err, -ENOSPC,
				 "%s is too large for %s, which has %" PRIu64 " bytes",
				 image_name(writer->config.image), writer->target.path,
				 writer->target.bytes);
	if (offset < writer->first_bytes) {
		skip = writer->first_bytes - offset < bytes ? writer->first_bytes - offset : bytes;
		memcpy(writer->first + offset, piece->data, skip);
	}
	if (bytes > skip) {
		uint64_t whole = padded(writer, bytes - skip);

		memset(piece->data + bytes, 0, whole - (bytes - skip));
		r = io_write(writer, piece->data + skip, whole, offset + skip, err);
		if (r < 0)
			return r;
	}
	writer->bytes += bytes;
	return extent_add(writer, offset, bytes, err);
}

/* Opens the disk, clears its first MiB and writes the image. Meanwhile, a helper already reads
 * the image. */
static int write_pieces(struct writer *writer, struct error *err)
{
	const struct writer_config *config = &writer->config;
	struct ring_piece *piece;
	int r;

	writer_disk_begin(writer);
	r = config->open(&writer->target, &config->target, err);
	writer_disk_end(writer);
	if (r < 0)
		return r;
	writer->first_bytes = writer->target.bytes < WRITER_FIRST_BYTES ? writer->target.bytes
									: WRITER_FIRST_BYTES;
	r = writer_check_canceled(writer, err);
	if (r == 0) {
		writer_touch(writer);
		r = clear_first(writer, err);
	}
	while (r == 0 && (piece = ring_take(writer->ring, WRITER_TAKER_DISK))) {
		r = write_piece(writer, piece, err);
		ring_taken(writer->ring, WRITER_TAKER_DISK);
		writer_moved(writer, WRITER_WRITING, writer->bytes, write_total(writer));
	}
	return r;
}

static int helper_start(struct writer *writer, pthread_t *ret, void *(*helper)(void *arg),
			struct error *err)
{
	if (pthread_create(ret, NULL, helper, writer) == 0)
		return 0;
	return error_set(err, -EAGAIN, "no thread can be started");
}

static void pass_stop(struct writer *writer)
{
	ring_close(writer->ring);
	if (writer->reader)
		image_reader_cancel(writer->reader);
}

/* Starts the helper threads, runs the pass and waits for the helpers to end. sum may be NULL. */
static int pass_run(struct writer *writer, void *(*helper)(void *arg), void *(*sum)(void *arg),
		    int (*pass)(struct writer *writer, struct error *err), struct error *err)
{
	pthread_t helper_thread, sum_thread;
	int r;

	writer->helper_err = (struct error){0};
	r = helper_start(writer, &helper_thread, helper, err);
	if (r < 0)
		return r;
	if (sum) {
		r = helper_start(writer, &sum_thread, sum, err);
		if (r < 0)
			sum = NULL;
	}
	if (r == 0)
		r = pass(writer, err);
	if (r < 0)
		pass_stop(writer);
	pthread_join(helper_thread, NULL);
	if (sum)
		pthread_join(sum_thread, NULL);
	if (r == 0)
		r = writer_check_canceled(writer, err);
	if (r == 0 && writer->helper_err.code < 0) {
		*err = writer->helper_err;
		r = err->code;
	}
	return r;
}

int writer_write_rest(struct writer *writer, struct error *err)
{
	int r = pass_run(writer, image_run, sum_run, write_pieces, err);

	if (r < 0)
		return r;
	if (writer->bytes == 0)
		return error_set(err, -ENODATA, "%s holds nothing to write",
				 image_name(writer->config.image));
	return io_flush(writer, err);
}

/* Adds a buffer that was read back to the digest. If the disk differs from the image, the error
 * names the range. */
static bool compare_piece(struct writer *writer, const struct ring_piece *piece)
{
	if (prefix_add(writer->read, piece->data, piece->bytes))
		return true;
	error_set(&writer->helper_err, -EBADMSG,
		  "%s does not hold what was written: it differs before byte %" PRIu64
		  ", in the last %" PRIu64 " bytes read back; the board's storage is failing",
		  writer->target.path, piece->offset + piece->bytes,
		  writer->state.bytes + piece->bytes - prefix_good(writer->read));
	return false;
}

/* Compares the data read back. This is the helper of the verifying pass. */
static void *compare_run(void *arg)
{
	struct writer *writer = arg;
	struct ring_piece *piece;
	uint64_t bytes = 0;

	while ((piece = ring_take(writer->ring, WRITER_TAKER_SUM))) {
		if (!compare_piece(writer, piece)) {
			ring_close(writer->ring);
			break;
		}
		bytes += piece->bytes;
		ring_taken(writer->ring, WRITER_TAKER_SUM);
		writer_moved(writer, WRITER_VERIFYING, bytes, writer->bytes);
	}
	return NULL;
}

/* Reads the next part of an extent. The first MiB comes from memory, and all other bytes come
 * from the disk. */
static int read_piece(struct writer *writer, struct ring_piece *piece, uint64_t offset,
		      uint64_t left, struct error *err)
{
	uint64_t bytes = left < WRITER_PIECE_BYTES ? left : WRITER_PIECE_BYTES;

	piece->offset = offset;
	if (offset < writer->first_bytes) {
		if (bytes > writer->first_bytes - offset)
			bytes = writer->first_bytes - offset;
		piece->bytes = bytes;
		memcpy(piece->data, writer->first + offset, bytes);
		return 0;
	}
	piece->bytes = bytes;
	return io_read(writer, piece->data, padded(writer, bytes), offset, err);
}

static int read_pieces(struct writer *writer, struct error *err)
{
	struct ring_piece *piece;
	int r = 0;

	for (size_t i = 0; r == 0 && i < writer->extent_count; i++) {
		struct writer_extent extent = writer->extents[i];

		while (r == 0 && extent.bytes && (piece = ring_fill(writer->ring))) {
			r = read_piece(writer, piece, extent.offset, extent.bytes, err);
			if (r < 0)
				return r;
			extent.offset += piece->bytes;
			extent.bytes -= piece->bytes;
			ring_filled(writer->ring);
		}
		if (extent.bytes)
			/* The ring was closed: the writer was canceled, or the helper has set
			 * its error. */
			return 0;
	}
	ring_end(writer->ring);
	return r;
}

int writer_verify_rest(struct writer *writer, struct error *err)
{
	uint8_t is[PREFIX_DIGEST_SIZE];
	int r = pass_run(writer, compare_run, NULL, read_pieces, err);

	if (r < 0)
		return r;
	prefix_digest(writer->read, is);
	if (memcmp(is, writer->state.sha256, sizeof(is)) != 0)
		return error_set(err, -EBADMSG,
				 "%s does not hold what was written: it differs after the first "
				 "%" PRIu64 " bytes; the board's storage is failing",
				 writer->target.path, prefix_good(writer->read));
	return 0;
}
