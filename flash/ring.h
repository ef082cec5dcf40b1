/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of aligned buffers for threads. One producer fills the buffers, and each consumer
 * ("taker") reads all of them in order and at its own pace. This file does not know files. */
#ifndef FLASH_RING_H
#define FLASH_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_TAKERS_MAX 2

struct ring;

struct ring_piece {
	/* piece_bytes bytes (see ring_new()), aligned for direct I/O. */
	uint8_t *data;
	size_t bytes;	 /* set by the producer */
	uint64_t offset; /* set by the producer */
};

/* Creates a ring of `pieces` buffers of piece_bytes bytes. takers is the number of consumers, 1
 * to RING_TAKERS_MAX.
 * Returns: the ring, or NULL (out of memory).
 * Ownership: the caller frees the ring with ring_free() when no thread uses it any more.
 * ring_free() accepts NULL and returns NULL. */
struct ring *ring_new(size_t pieces, size_t piece_bytes, unsigned int takers);
struct ring *ring_free(struct ring *ring);

/* ring_fill() waits for a free buffer, which all consumers have read, and ring_filled() passes
 * the buffer on to them.
 * Returns: the buffer to fill, or NULL (ring_close() was called).
 * Thread: the producer. */
struct ring_piece *ring_fill(struct ring *ring);
void ring_filled(struct ring *ring);
/* Ends the data: the producer fills no more buffers. */
void ring_end(struct ring *ring);

/* ring_take() waits for the next filled buffer for this consumer, and ring_taken() gives the
 * buffer back. taker is the number of the consumer and starts at 0.
 * Returns: the buffer, or NULL (ring_close() was called, or all buffers were read after
 * ring_end()).
 * Thread: the consumer. */
struct ring_piece *ring_take(struct ring *ring, unsigned int taker);
void ring_taken(struct ring *ring, unsigned int taker);

/* Closes the ring and wakes all threads. Every later ring_fill() and ring_take() returns NULL.
 * Thread: any. */
void ring_close(struct ring *ring);

#endif
