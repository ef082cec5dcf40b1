/* SPDX-License-Identifier: Apache-2.0 */
/* What writer.c (threads, states, the order of things) shares with writer_pass.c (bytes through the
 * ring, to the disk and back). For them only. */
#ifndef FLASH_WRITER_PRIVATE_H
#define FLASH_WRITER_PRIVATE_H

#include "image/image.h"
#include "image/digest.h"
#include "flash/ring.h"
#include "flash/writer.h"

#include <pthread.h>
#include <stdatomic.h>

#define WRITER_PIECE_BYTES (1024 * 1024)
#define WRITER_PIECES	   4
#define WRITER_TAKERS	   2 /* of the writing pass */
#define WRITER_TAKER_SUM   0 /* also the only one of the verifying pass */
#define WRITER_TAKER_DISK  1
#define WRITER_HEAD_BYTES  4096
#define WRITER_FIRST_BYTES WRITER_PIECE_BYTES /* what is written last */

/* A stretch of the image that was written. */
struct writer_extent {
	uint64_t offset, bytes;
};

struct writer {
	struct writer_config config;
	unsigned int references; /* its owner's and its thread's; under mutex */
	bool owned;		 /* somebody still looks; under mutex */
	pthread_mutex_t mutex;
	struct writer_state state;   /* under mutex */
	struct image_reader *reader; /* pointer under mutex: it may be cancelled */
	struct ring *ring;	     /* likewise */
	atomic_bool canceled;

	/* Of the writer's thread; its helpers have them while the ring goes round. */
	struct target target;
	uint8_t *first; /* what the first MiB of the disk will be, and as much room behind it */
	uint64_t first_bytes; /* of it, less on a tiny disk */
	struct writer_extent *extents;
	size_t extent_count, extent_room;
	struct prefix *read; /* what is read back */
	uint64_t bytes;	     /* of the image that were written */
	struct error helper_err;
};

/* writer.c */
int writer_check_canceled(struct writer *writer, struct error *err);
void writer_moved(struct writer *writer, enum writer_phase phase, uint64_t bytes, uint64_t total);
/* Around everything that the disk has to do. */
void writer_disk_begin(struct writer *writer);
void writer_disk_end(struct writer *writer);
void writer_touch(struct writer *writer); /* before the first byte is written */

/* writer_pass.c; each 0 or -Exxx. */
int writer_write_rest(struct writer *writer, struct error *err);
int writer_verify_rest(struct writer *writer, struct error *err);
int writer_write_first(struct writer *writer, struct error *err);
int writer_verify_first(struct writer *writer, struct error *err);

/* writer_warn.c: what is to be said about a disk that has the image. */
size_t writer_find_warnings(struct writer *writer, struct writer_warning ret[WRITER_WARNINGS_MAX]);

#endif
