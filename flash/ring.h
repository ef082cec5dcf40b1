/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed number of aligned buffers that go round between two threads: one fills, the other
 * empties, in order. Knows no files. */
#ifndef FLASH_RING_H
#define FLASH_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

struct ring_piece {
	uint8_t *data;	 /* ring_new()'s piece_bytes, aligned for direct I/O */
	size_t bytes;	 /* set by who fills */
	uint64_t offset; /* set by who fills */
};

/* NULL: no memory. Ends with ring_free() (NULL-safe, returns NULL), when no thread uses it. */
struct ring *ring_new(size_t pieces, size_t piece_bytes);
struct ring *ring_free(struct ring *ring);

/* The next piece to fill; waits for one. NULL: ring_close() was called. */
struct ring_piece *ring_fill(struct ring *ring);
void ring_filled(struct ring *ring);
void ring_end(struct ring *ring); /* no more will be filled */

/* The next piece to empty; waits for one. NULL: all were emptied after ring_end(), or ring_close().
 */
struct ring_piece *ring_take(struct ring *ring);
void ring_taken(struct ring *ring);

/* Wakes both: nothing goes round any more. From any thread. */
void ring_close(struct ring *ring);

#endif
