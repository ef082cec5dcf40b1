/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of aligned buffers ("slots") passes data between threads. One thread fills the slots, and
 * several threads read all slots in order and at their own pace. */
#ifndef FLASH_RING_H
#define FLASH_RING_H

#include <stddef.h>
#include <stdint.h>

#define RING_CONSUMERS_MAX 2

struct ring;

struct ring_slot {
	/* The memory of one buffer of the ring. It is aligned for direct I/O. Its size was passed
	 * to ring_new(). */
	uint8_t *data;
	size_t bytes;	 /* set by the filling thread */
	uint64_t offset; /* set by the filling thread */
};

/* Creates a ring of `slots` buffers with slot_bytes bytes each. 1 to RING_CONSUMERS_MAX threads
 * (the consumers) read them.
 * Returns: the ring, or NULL (out of memory).
 * Ownership: the caller frees the ring with ring_free() when no thread uses it any more.
 * ring_free() accepts NULL and returns NULL. */
struct ring *ring_new(size_t slots, size_t slot_bytes, unsigned int consumers);
struct ring *ring_free(struct ring *ring);

/* ring_begin_write() waits for a buffer of the ring that all reading threads have read, so that it
 * can be filled. ring_commit_write() passes the filled buffer to them.
 * Returns: the buffer, or NULL (ring_close() was called).
 * Thread: the one that fills the ring. */
struct ring_slot *ring_begin_write(struct ring *ring);
void ring_commit_write(struct ring *ring);
/* Marks the end of the data in the ring. The reading threads still get the buffers that are already
 * filled.
 * Thread: the one that fills the ring. */
void ring_end(struct ring *ring);

/* ring_begin_read() waits for the next filled buffer of the ring for this reading thread, and
 * ring_end_read() gives the buffer back. consumer is the number of the thread and starts at 0.
 * Returns: the buffer, or NULL (ring_close() was called, or all buffers were read after
 * ring_end()).
 * Thread: the reading thread. */
struct ring_slot *ring_begin_read(struct ring *ring, unsigned int consumer);
void ring_end_read(struct ring *ring, unsigned int consumer);

/* Closes a ring of buffers, and wakes all threads that wait for one of its buffers. Every later
 * ring_begin_write() and ring_begin_read() returns NULL.
 * Thread: any. */
void ring_close(struct ring *ring);

#endif
