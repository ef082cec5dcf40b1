/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of aligned buffers ("slots") for threads. One producer fills the slots, and each consumer
 * reads all of them in order and at its own pace. */
#ifndef FLASH_RING_H
#define FLASH_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_CONSUMERS_MAX 2

struct ring;

struct ring_slot {
	/* The memory of the slot. It has slot_bytes bytes (see ring_new()) and is aligned for
	 * direct I/O. */
	uint8_t *data;
	size_t bytes;	 /* set by the producer */
	uint64_t offset; /* set by the producer */
};

/* Creates a ring of `slots` buffers with slot_bytes bytes each, which 1 to RING_CONSUMERS_MAX
 * consumer threads read.
 * Returns: the ring, or NULL (out of memory).
 * Ownership: the caller frees the ring with ring_free() when no thread uses it any more.
 * ring_free() accepts NULL and returns NULL. */
struct ring *ring_new(size_t slots, size_t slot_bytes, unsigned int consumers);
struct ring *ring_free(struct ring *ring);

/* ring_begin_write() waits for a slot that all consumers have read. The producer fills this slot,
 * and ring_commit_write() then passes it to the consumers.
 * Returns: the slot to fill, or NULL (ring_close() was called).
 * Thread: the producer. */
struct ring_slot *ring_begin_write(struct ring *ring);
void ring_commit_write(struct ring *ring);
/* Tells the consumers of the ring that no more data follows. The producer calls this function after
 * it has filled its last buffer. */
void ring_end(struct ring *ring);

/* ring_begin_read() waits for the next filled slot for this consumer, and ring_end_read() gives
 * the slot back. consumer is the number of the consumer and starts at 0.
 * Returns: the slot, or NULL (ring_close() was called, or all slots were read after ring_end()).
 * Thread: the consumer. */
struct ring_slot *ring_begin_read(struct ring *ring, unsigned int consumer);
void ring_end_read(struct ring *ring, unsigned int consumer);

/* Closes the ring and wakes all threads that wait for one of its buffers. Every later
 * ring_begin_write() and ring_begin_read() returns NULL.
 * Thread: any. */
void ring_close(struct ring *ring);

#endif
