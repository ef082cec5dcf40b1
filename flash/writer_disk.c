/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the disk of a board, counts the progress, and handles the boot area (the first
 * MiB of the disk). */
#include "flash/writer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define BOOT_TABLE_BYTES 4096 /* the first blocks, written last of all */

void writer_progress_move(struct writer_progress *progress, enum writer_phase phase, uint64_t bytes,
			  uint64_t total)
{
	pthread_mutex_lock(&progress->mutex);
	progress->state.phase = phase;
	progress->state.bytes = bytes;
	progress->state.total = total;
	pthread_mutex_unlock(&progress->mutex);
}

void writer_progress_busy(struct writer_progress *progress, bool busy)
{
	pthread_mutex_lock(&progress->mutex);
	progress->state.disk_busy = busy;
	progress->state.disk_operations += busy;
	pthread_mutex_unlock(&progress->mutex);
}

int writer_disk_check_canceled(struct writer_disk *disk, struct error *err)
{
	const char *path = disk->config->target.disk.path;

	if (!atomic_load(&disk->canceled))
		return 0;
	/* Only this thread changes write_started, so it may read the value without the mutex. */
	if (!disk->progress.state.write_started)
		return error_set(err, -ECANCELED,
				 "writing %s was stopped before it began, so nothing was written "
				 "to the disk",
				 path);
	return error_set(err, -ECANCELED,
			 "writing %s was stopped after %" PRIu64
			 " bytes, so the disk is incomplete and will not boot",
			 path, disk->bytes);
}

/* Returns: the cause of a disk's I/O error, for an error message. */
static const char *io_reason(int code)
{
	switch (code) {
	case ENODEV:
	case ENXIO:
	case ENOMEDIUM:
		return "the disk is gone; check the cable and the board's power";
	case EROFS:
	case EPERM:
		return "the disk is write-protected";
	case EIO:
		return "the board was unplugged or reset, or its storage is failing (I/O error)";
	case EREMOTEIO:
	case ENODATA:
	case EILSEQ:
		return "the board's storage is failing (medium error)";
	case ENOSPC:
		return "the disk is smaller than it reports";
	}
	return strerror(code);
}

static int io_error(const struct writer_disk *disk, int code, const char *doing, uint64_t offset,
		    struct error *err)
{
	return error_set(err, -code, "%s %s failed at byte %" PRIu64 ": %s", doing,
			 disk->target.path, offset, io_reason(code));
}

/* Writes to the disk or reads from it with one system call, and marks the disk as busy during the
 * call.
 * Returns: the number of bytes or a negative errno value. */
static ssize_t io_call(struct writer_disk *disk, bool write, uint8_t *data, uint64_t bytes,
		       uint64_t offset)
{
	int fd = disk->target.fd;
	ssize_t n;

	writer_progress_busy(&disk->progress, true);
	n = write ? pwrite(fd, data, bytes, (off_t)offset) : pread(fd, data, bytes, (off_t)offset);
	n = n < 0 ? -errno : n;
	writer_progress_busy(&disk->progress, false);
	return n;
}

static int io_all(struct writer_disk *disk, bool write, uint8_t *data, uint64_t bytes,
		  uint64_t offset, struct error *err)
{
	uint64_t done = 0;

	while (done < bytes) {
		ssize_t n = io_call(disk, write, data + done, bytes - done, offset + done);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return io_error(disk,
					n < 0	? (int)-n
					: write ? ENOSPC
						: EIO,
					write ? "writing" : "reading back", offset + done, err);
		done += (uint64_t)n;
	}
	return 0;
}

int writer_disk_write(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		      struct error *err)
{
	return io_all(disk, true, data, bytes, offset, err);
}

int writer_disk_read(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		     struct error *err)
{
	return io_all(disk, false, data, bytes, offset, err);
}

int writer_disk_flush(struct writer_disk *disk, struct error *err)
{
	int code;

	writer_progress_busy(&disk->progress, true);
	code = fdatasync(disk->target.fd) < 0 ? errno : 0;
	writer_progress_busy(&disk->progress, false);
	if (code)
		return io_error(disk, code, "flushing", disk->bytes, err);
	if (!disk->target.direct)
		posix_fadvise(disk->target.fd, 0, 0, POSIX_FADV_DONTNEED);
	return 0;
}

uint64_t writer_disk_padded(const struct writer_disk *disk, uint64_t bytes)
{
	uint64_t block = disk->target.block_bytes;

	return (bytes + block - 1) / block * block;
}

/* Overwrites the boot area of the disk (the first MiB) with disk->boot_area, a buffer that must
 * contain only zeros. */
static int clear_boot_area(struct writer_disk *disk, struct error *err)
{
	int r = writer_disk_write(disk, disk->boot_area, disk->boot_area_bytes, 0, err);

	return r < 0 ? r : writer_disk_flush(disk, err);
}

int writer_disk_open(struct writer_disk *disk, struct error *err)
{
	const struct writer_config *config = disk->config;
	int r;

	writer_progress_busy(&disk->progress, true);
	r = config->open(&disk->target, &config->target, err);
	writer_progress_busy(&disk->progress, false);
	if (r < 0)
		return r;
	disk->boot_area_bytes =
		disk->target.bytes < BOOT_AREA_BYTES ? disk->target.bytes : BOOT_AREA_BYTES;
	r = writer_disk_check_canceled(disk, err);
	if (r < 0)
		return r;
	if (!image_fits_blocks(config->image, disk->target.block_bytes))
		return error_set(
			err, -EINVAL,
			"the block map of %s has smaller blocks than %s, whose blocks have %" PRIu32
			" bytes, so nothing was written to it; use --no-bmap",
			image_name(config->image), disk->target.path, disk->target.block_bytes);
	pthread_mutex_lock(&disk->progress.mutex);
	disk->progress.state.write_started = true;
	pthread_mutex_unlock(&disk->progress.mutex);
	return clear_boot_area(disk, err);
}

int writer_disk_write_boot_area(struct writer_disk *disk, struct error *err)
{
	uint64_t table_bytes = writer_disk_padded(disk, BOOT_TABLE_BYTES);
	int r = 0;

	if (table_bytes > disk->boot_area_bytes)
		table_bytes = disk->boot_area_bytes;
	if (table_bytes < disk->boot_area_bytes)
		r = writer_disk_write(disk, disk->boot_area + table_bytes,
				      disk->boot_area_bytes - table_bytes, table_bytes, err);
	if (r == 0)
		r = writer_disk_flush(disk, err);
	if (r == 0)
		r = writer_disk_write(disk, disk->boot_area, table_bytes, 0, err);
	return r < 0 ? r : writer_disk_flush(disk, err);
}

int writer_disk_verify_boot_area(struct writer_disk *disk, struct error *err)
{
	uint8_t *again = disk->boot_area + BOOT_AREA_BYTES;
	int r = writer_disk_read(disk, again, disk->boot_area_bytes, 0, err);

	if (r < 0 || memcmp(again, disk->boot_area, disk->boot_area_bytes) == 0)
		return r;
	memset(disk->boot_area, 0, disk->boot_area_bytes);
	clear_boot_area(disk, NULL);
	return error_set(err, -EBADMSG,
			 "%s does not contain the written data: its first MiB differs; the board's "
			 "storage is failing",
			 disk->target.path);
}
