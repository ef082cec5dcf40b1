/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed number of aligned buffers that go round between threads: one fills, others take, each of
 * them all pieces in order and at its own pace. Knows no files. */
#ifndef FLASH_RING_H
#define FLASH_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_TAKERS_MAX 2

struct ring;

struct ring_piece {
	uint8_t *data;	 /* ring_new()'s piece_bytes, aligned for direct I/O */
	size_t bytes;	 /* set by who fills */
	uint64_t offset; /* set by who fills */
};

/* takers: 1 to RING_TAKERS_MAX. NULL: no memory. Ends with ring_free() (NULL-safe, returns NULL),
 * when no thread uses it. */
struct ring *ring_new(size_t pieces, size_t piece_bytes, unsigned int takers);
struct ring *ring_free(struct ring *ring);

/* The next piece to fill, which all takers are done with; waits for one. NULL: ring_close() was
 * called. */
struct ring_piece *ring_fill(struct ring *ring);
void ring_filled(struct ring *ring);
void ring_end(struct ring *ring); /* no more will be filled */

/* The next piece for this taker, counted from 0; waits for one. NULL: all were taken after
 * ring_end(), or ring_close(). */
struct ring_piece *ring_take(struct ring *ring, unsigned int taker);
void ring_taken(struct ring *ring, unsigned int taker);

/* Wakes all: nothing goes round any more. From any thread. */
void ring_close(struct ring *ring);

#endif
