/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over an image, for tests: the bytes, their offsets, and the result. */
#ifndef TESTS_IMAGE_READING_H
#define TESTS_IMAGE_READING_H

#include "util/error.h"
#include "image/image.h"
#include "tests/unit/image/packed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reading {
	struct image_reader *reader;
	size_t piece_bytes;
	struct packed content; /* by offset; 0xee: no byte was read there */
	size_t room_bytes;
	uint64_t bytes, last_end;
	size_t pieces, short_pieces; /* short: fewer than piece_bytes */
	bool disorder;		     /* a read began before the end of the previous one */
	ssize_t end;		     /* 0 or -Exxx */
	struct error err;
	uint64_t done, total; /* progress at the end */
	bool progress_wrong;  /* the progress decreased or exceeded the total or its estimate */
	uint64_t estimate;    /* of the number of bytes that the reader delivers */
	pthread_t thread;
};

/* Opens an image, which must be sound. */
struct image *reading_image(const struct image_config *config);

/* Reads to the end and closes the reader. Returns: reading.end. */
ssize_t reading_run(struct reading *reading, struct image *image, size_t piece_bytes);

/* Fails the test unless the whole content was read in order. */
void reading_check(const struct reading *reading, const struct packed *content);

/* Reads up to the end. Returns: 0 or -Exxx. */
ssize_t reading_drain(struct image_reader *reader, struct error *err);

void reading_done(struct reading *reading);

/* Does the same in a thread. */
void reading_start(struct reading *reading, struct image *image, size_t piece_bytes);
void reading_join(struct reading *reading);

/* A thread that feeds a FIFO at a path. It makes the FIFO and removes it at the end. With hold, the
 * FIFO stays open until feeder_end(). */
struct feeder {
	const char *path;
	const struct packed *packed;
	bool hold;
	int hold_fd;
	atomic_bool fed; /* the pipe has all bytes */
	pthread_t thread;
};

void feeder_start(struct feeder *feeder, const char *path, const struct packed *packed, bool hold);
void feeder_end(struct feeder *feeder);

#endif
