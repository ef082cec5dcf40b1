/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what the source files of the disk writer share: writer.c (threads), writer_disk.c (disk
 * I/O), writer_pass.c (writing and verifying) and writer_warn.c (warnings). Other files must not
 * include this header. */
#ifndef FLASH_WRITER_INTERNAL_H
#define FLASH_WRITER_INTERNAL_H

#include "image/image.h"
#include "image/digest.h"
#include "flash/ring.h"
#include "flash/writer.h"

#include <pthread.h>
#include <stdatomic.h>

#define PASS_SLOT_BYTES (1024 * 1024)
/* The boot area of a disk is its first MiB. */
#define BOOT_AREA_BYTES PASS_SLOT_BYTES

/* The state that writer_look() reports. */
struct writer_progress {
	pthread_mutex_t mutex;
	struct writer_state state; /* protected by mutex */
};

/* A range of the image, in bytes, that was written to the disk. */
struct writer_extent {
	uint64_t offset, bytes;
};

/* The disk that one writer writes. The thread of the writer and its helper threads use all members.
 * Other threads use only `progress` and the flag `canceled`. */
struct writer_disk {
	const struct writer_config *config;
	struct writer_progress progress;
	atomic_bool canceled;
	struct target target;
	/* Two buffers of BOOT_AREA_BYTES each. The first holds the image bytes of the disk's boot
	 * area (the first MiB). The second is for reading the disk. */
	uint8_t *boot_area;
	/* The size of the disk's boot area in bytes. It is 1 MiB unless the whole disk is
	 * smaller. */
	uint64_t boot_area_bytes;
	struct writer_extent *extents;
	size_t extent_count;
	uint64_t bytes; /* image bytes written so far */
};

/* A pass, in which the writer's threads write the image to the disk or verify the disk. */
struct writer_pass {
	struct writer_disk *disk;
	struct ring *ring;
	struct image_reader *reader; /* reads the image; NULL when verifying */
	/* The SHA-256 of the image while the image is written to the disk, or of the bytes read
	 * back while the disk is verified. */
	struct digest *digest;
	struct error helper_err;
};

/* Sets the progress of writing a disk: the phase (such as writing or verifying), the number of
 * bytes done, and the total number of bytes. writer_look() reports this progress. */
void writer_progress_move(struct writer_progress *progress, enum writer_phase phase, uint64_t bytes,
			  uint64_t total);
/* Marks the disk as busy before a disk operation, or as idle after it. */
void writer_progress_busy(struct writer_progress *progress, bool busy);

/* Checks whether the writing of the disk was canceled.
 * Returns: 0, or -ECANCELED (canceled; the message in *err states whether the disk is unchanged or
 * incomplete). */
int writer_disk_check_canceled(struct writer_disk *disk, struct error *err);

/* Opens the disk of the board and clears its boot area (the first MiB). The disk stays unchanged if
 * its blocks are larger than those of the image's block map.
 * Returns: 0, -ECANCELED, -EINVAL (such a block map) or another negative errno value. */
int writer_disk_open(struct writer_disk *disk, struct error *err);

/* Returns: `bytes`, rounded up to a multiple of the disk's block size, as direct I/O requires. */
uint64_t writer_disk_padded(const struct writer_disk *disk, uint64_t bytes);

/* Writes whole blocks to the disk at a byte offset, or reads them from there.
 * Returns: 0 or a negative errno value. */
int writer_disk_write(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		      struct error *err);
int writer_disk_read(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		     struct error *err);

/* Flushes the disk. In tests, a plain file stands for the disk. The function then also empties the
 * page cache of this file, so that a later read does not come from the cache.
 * Returns: 0 or a negative errno value. */
int writer_disk_flush(struct writer_disk *disk, struct error *err);

/* Writes the boot area (the first MiB) to the disk. Its first blocks, with the partition table, are
 * written last and in one write, because they make the disk bootable.
 * Returns: 0 or a negative errno value. */
int writer_disk_write_boot_area(struct writer_disk *disk, struct error *err);

/* Compares the boot area on the disk (the first MiB) with its copy in memory. If they differ,
 * clears the boot area on the disk.
 * Returns: 0, -EBADMSG (they differ) or another negative errno value. */
int writer_disk_verify_boot_area(struct writer_disk *disk, struct error *err);

/* Opens the disk of the board, and writes the image to it except for the boot area (the first MiB).
 * Returns: 0 or a negative errno value. */
int writer_pass_write(struct writer_pass *pass, struct error *err);

/* Reads the image back from the disk and compares its digest with that of the image. The boot area
 * (the first MiB) is taken from memory, because it is not yet on the disk.
 * Returns: 0, -EBADMSG (the data differs) or another negative errno value. */
int writer_pass_verify(struct writer_pass *pass, struct error *err);

/* Makes the threads that write or verify a disk end soon, and does not wait for them.
 * Thread: any. */
void writer_pass_stop(struct writer_pass *pass);

/* Finds reasons why a disk may not work, although the image was written to it.
 * Returns: the number of warnings in ret. */
size_t writer_find_warnings(struct writer_disk *disk,
			    struct writer_warning ret[WRITER_WARNINGS_MAX]);

#endif
