/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that flash/writer.c (threads, the order of the steps), flash/writer_disk.c (disk
 * I/O and the boot area), flash/writer_pass.c (the passes through the ring) and
 * flash/writer_warn.c (warnings) share. Other files must not include this header. */
#ifndef FLASH_WRITER_INTERNAL_H
#define FLASH_WRITER_INTERNAL_H

#include "image/image.h"
#include "image/digest.h"
#include "flash/ring.h"
#include "flash/writer.h"

#include <pthread.h>
#include <stdatomic.h>

#define PASS_SLOT_BYTES (1024 * 1024)
/* The boot area is the first MiB of the disk, which is written last. */
#define BOOT_AREA_BYTES PASS_SLOT_BYTES

/* The state that writer_look() reports. */
struct writer_progress {
	pthread_mutex_t mutex;
	struct writer_state state; /* protected by mutex */
};

/* A contiguous range of the image, in bytes, that was written to the disk. */
struct writer_extent {
	uint64_t offset, bytes;
};

/* The disk of one writer, and the data written to it. Other threads may use only progress and
 * canceled. The other fields belong to the writer's thread, and its helper threads may read them
 * during a pass. */
struct writer_disk {
	const struct writer_config *config;
	struct writer_progress progress;
	atomic_bool canceled;
	struct target target;
	/* The bytes of the image that belong in the boot area of the disk. After them comes a
	 * buffer of BOOT_AREA_BYTES for reading the disk. */
	uint8_t *boot_area;
	/* The size of the boot area of this disk in bytes. It is less than BOOT_AREA_BYTES only if
	 * the whole disk is smaller. */
	uint64_t boot_area_bytes;
	struct writer_extent *extents;
	size_t extent_count, extent_room;
	uint64_t bytes; /* image bytes written so far */
};

/* One pass over the disk, which either writes or verifies the image. */
struct writer_pass {
	struct writer_disk *disk;
	struct ring *ring;
	struct image_reader *reader; /* NULL in the verifying pass */
	/* The digest that this pass computes. The writing pass computes the digest of the image.
	 * The verifying pass computes the digest of the data read back from the disk. */
	struct digest *digest;
	struct error helper_err;
};

/* Sets the phase of the writer and its progress in bytes, which writer_look() reports. */
void writer_progress_move(struct writer_progress *progress, enum writer_phase phase, uint64_t bytes,
			  uint64_t total);
/* Marks the disk as busy (before a disk operation) or idle (after it). */
void writer_progress_busy(struct writer_progress *progress, bool busy);

/* Returns: 0, or -ECANCELED (the writer was canceled) with a message that tells whether the disk is
 * unchanged or incomplete. */
int writer_disk_check_canceled(struct writer_disk *disk, struct error *err);

/* Opens the disk of the board and clears its boot area (the first MiB).
 * Returns: 0, -ECANCELED or another negative errno value. */
int writer_disk_open(struct writer_disk *disk, struct error *err);

/* Returns: `bytes`, rounded up to a multiple of the disk's block size, which direct I/O
 * requires. */
uint64_t writer_disk_padded(const struct writer_disk *disk, uint64_t bytes);

/* Writes whole blocks to the disk at offset, or reads them from there.
 * Returns: 0 or a negative errno value. */
int writer_disk_write(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		      struct error *err);
int writer_disk_read(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		     struct error *err);

/* Flushes the disk. In tests, a plain file stands for the disk. The function then also empties the
 * page cache of this file, so that a later read does not come from the cache.
 * Returns: 0 or a negative errno value. */
int writer_disk_flush(struct writer_disk *disk, struct error *err);

/* Writes the boot area to the disk. Its first blocks contain the partition table, which makes the
 * disk bootable. The function therefore writes these blocks last and in one write.
 * Returns: 0 or a negative errno value. */
int writer_disk_write_boot_area(struct writer_disk *disk, struct error *err);

/* Compares the boot area on the disk with the boot area in memory, and clears the boot area on
 * the disk if they differ.
 * Returns: 0, -EBADMSG (they differ) or another negative errno value. */
int writer_disk_verify_boot_area(struct writer_disk *disk, struct error *err);

/* Opens the disk of the board, and writes the image to it except for the boot area.
 * Returns: 0 or a negative errno value. */
int writer_pass_write(struct writer_pass *pass, struct error *err);

/* Reads the image back from the disk and compares its digest with that of the image. The boot area,
 * which the disk does not have yet, comes from memory.
 * Returns: 0, -EBADMSG (the data differs) or another negative errno value. */
int writer_pass_verify(struct writer_pass *pass, struct error *err);

/* Stops a pass over the disk. The threads of the pass end soon.
 * Thread: any. */
void writer_pass_stop(struct writer_pass *pass);

/* Finds possible problems of a disk on which the image was written.
 * Returns: the number of warnings in ret. */
size_t writer_find_warnings(struct writer_disk *disk,
			    struct writer_warning ret[WRITER_WARNINGS_MAX]);

#endif
