/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that flash/writer.c (threads, states, the order of the steps) shares with
 * flash/writer_pass.c (the passes over the disk through the ring). Other files must not include
 * this header. */
#ifndef FLASH_WRITER_INTERNAL_H
#define FLASH_WRITER_INTERNAL_H

#include "image/image.h"
#include "image/digest.h"
#include "flash/ring.h"
#include "flash/writer.h"

#include <pthread.h>
#include <stdatomic.h>

#define WRITER_PIECE_BYTES (1024 * 1024)
#define WRITER_PIECES	   4
#define WRITER_TAKERS	   2 /* consumers of the writing pass */
/* The consumer that computes the digest. The verifying pass has only this consumer. */
#define WRITER_TAKER_SUM  0
#define WRITER_TAKER_DISK 1
#define WRITER_HEAD_BYTES 4096
/* The first MiB of the disk, which is written last. */
#define WRITER_FIRST_BYTES WRITER_PIECE_BYTES

/* A contiguous range of the image that was written to the disk. */
struct writer_extent {
	uint64_t offset, bytes;
};

struct writer {
	struct writer_config config;
	/* References of the owner and of the writer's thread. Protected by mutex. */
	unsigned int references;
	/* Set until writer_free(). Protected by mutex. */
	bool owned;
	pthread_mutex_t mutex;
	struct writer_state state; /* protected by mutex */
	/* The pointer is protected by mutex, because another thread may cancel the reader. */
	struct image_reader *reader;
	/* The pointer is protected by mutex, because another thread may close the ring. */
	struct ring *ring;
	atomic_bool canceled;

	/* The fields below belong to the writer's thread. Its helper threads use them during a
	 * pass. */
	struct target target;
	/* The first MiB of the disk, followed by a scratch buffer of the same size. */
	uint8_t *first;
	uint64_t first_bytes; /* 1 MiB, or less on a tiny disk */
	struct writer_extent *extents;
	size_t extent_count, extent_room;
	struct prefix *read; /* digest of the bytes read back */
	uint64_t bytes;	     /* image bytes written so far */
	struct error helper_err;
};

/* Defined in flash/writer.c. */
int writer_check_canceled(struct writer *writer, struct error *err);
void writer_moved(struct writer *writer, enum writer_phase phase, uint64_t bytes, uint64_t total);
/* Called before and after each disk operation. */
void writer_disk_begin(struct writer *writer);
void writer_disk_end(struct writer *writer);
void writer_touch(struct writer *writer); /* called before the first write */

/* Defined in flash/writer_pass.c. Each function returns 0 or a negative errno value. */
int writer_write_rest(struct writer *writer, struct error *err);
int writer_verify_rest(struct writer *writer, struct error *err);
int writer_write_first(struct writer *writer, struct error *err);
int writer_verify_first(struct writer *writer, struct error *err);

/* Defined in flash/writer_warn.c. Finds possible problems of a disk on which the image was
 * written.
 * Returns: the number of warnings in ret. */
size_t writer_find_warnings(struct writer *writer, struct writer_warning ret[WRITER_WARNINGS_MAX]);

#endif
