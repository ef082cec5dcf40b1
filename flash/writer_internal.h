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

/* A contiguous range of the image that was written to the disk. */
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
	/* The content of the boot area, followed by a scratch buffer of BOOT_AREA_BYTES. */
	uint8_t *boot_area;
	/* The size of the boot area of this disk. It is less than BOOT_AREA_BYTES only on a tiny
	 * disk. */
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
	/* The digest that this pass computes: the image digest in the writing pass, and the digest
	 * of the data read back in the verifying pass. */
	struct digest *digest;
	struct error helper_err;
};

/* Updates the phase and the bytes that writer_look() reports. */
void writer_progress_move(struct writer_progress *progress, enum writer_phase phase, uint64_t bytes,
			  uint64_t total);
/* Marks the disk as busy (before a disk operation) or idle (after it). */
void writer_progress_busy(struct writer_progress *progress, bool busy);

/* Returns: 0, or -ECANCELED with a message about the content of the disk. */
int writer_disk_check_canceled(struct writer_disk *disk, struct error *err);

/* Opens the disk and clears its boot area.
 * Returns: 0, -ECANCELED or another negative errno value. */
int writer_disk_open(struct writer_disk *disk, struct error *err);

/* Returns: bytes, rounded up to whole blocks. Direct I/O needs whole blocks. */
uint64_t writer_disk_padded(const struct writer_disk *disk, uint64_t bytes);

/* Writes or reads whole blocks.
 * Returns: 0 or a negative errno value. */
int writer_disk_write(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		      struct error *err);
int writer_disk_read(struct writer_disk *disk, uint8_t *data, uint64_t bytes, uint64_t offset,
		     struct error *err);

/* Flushes the disk. In tests, a plain file stands for a disk. The function also drops the pages
 * of such a file from the page cache, so that a later read does not come from the cache.
 * Returns: 0 or a negative errno value. */
int writer_disk_flush(struct writer_disk *disk, struct error *err);

/* Writes the boot area. Its first blocks contain the tables that make the disk look like a
 * system. The function writes these blocks last and in one write.
 * Returns: 0 or a negative errno value. */
int writer_disk_write_boot_area(struct writer_disk *disk, struct error *err);

/* Compares the boot area on the disk with the boot area in memory, and clears the boot area on
 * the disk if they differ.
 * Returns: 0, -EBADMSG (they differ) or another negative errno value. */
int writer_disk_verify_boot_area(struct writer_disk *disk, struct error *err);

/* Opens the disk, and writes the image except for the boot area.
 * Returns: 0 or a negative errno value. */
int writer_pass_write(struct writer_pass *pass, struct error *err);

/* Reads the image back and compares it with the image digest. The boot area comes from memory.
 * Returns: 0, -EBADMSG (the data differs) or another negative errno value. */
int writer_pass_verify(struct writer_pass *pass, struct error *err);

/* Stops a pass. Its threads end soon.
 * Thread: any. */
void writer_pass_stop(struct writer_pass *pass);

/* Finds possible problems of a disk on which the image was written.
 * Returns: the number of warnings in ret. */
size_t writer_find_warnings(struct writer_disk *disk,
			    struct writer_warning ret[WRITER_WARNINGS_MAX]);

#endif
