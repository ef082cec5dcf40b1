/* SPDX-License-Identifier: Apache-2.0 */
/* Passes data from one thread to several others in a fixed number of aligned buffers, which are
 * used again and again. */
#include "flash/ring.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define RING_ALIGNMENT 4096

struct ring {
	struct ring_slot *slots;
	size_t count;
	unsigned int consumers;
	pthread_mutex_t mutex; /* protects the fields below */
	pthread_cond_t moved;
	size_t written, read[RING_CONSUMERS_MAX]; /* slots written and read so far */
	bool ended, closed;
};

struct ring *ring_new(size_t slots, size_t slot_bytes, unsigned int consumers)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	pthread_mutex_init(&ring->mutex, NULL);
	pthread_cond_init(&ring->moved, NULL);
	ring->consumers = consumers;
	ring->slots = calloc(slots, sizeof(*ring->slots));
	for (; ring->slots && ring->count < slots; ring->count++) {
		void *data;

		if (posix_memalign(&data, RING_ALIGNMENT, slot_bytes) != 0)
			break;
		ring->slots[ring->count].data = data;
	}
	return ring->count == slots ? ring : ring_free(ring);
}

struct ring *ring_free(struct ring *ring)
{
	if (!ring)
		return NULL;
	for (size_t i = 0; i < ring->count; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): count is 0 without slots */
		free(ring->slots[i].data);
	free(ring->slots);
	pthread_cond_destroy(&ring->moved);
	pthread_mutex_destroy(&ring->mutex);
	free(ring);
	return NULL;
}

/* Returns: true if the ring has no free buffer, because a consumer still needs the oldest one. The
 * thread that fills the buffers must then wait. */
static bool ring_is_full(const struct ring *ring)
{
	for (unsigned int i = 0; i < ring->consumers; i++)
		if (ring->written - ring->read[i] == ring->count)
			return true;
	return false;
}

struct ring_slot *ring_begin_write(struct ring *ring)
{
	struct ring_slot *slot;

	pthread_mutex_lock(&ring->mutex);
	while (!ring->closed && ring_is_full(ring))
		pthread_cond_wait(&ring->moved, &ring->mutex);
	slot = ring->closed ? NULL : &ring->slots[ring->written % ring->count];
	pthread_mutex_unlock(&ring->mutex);
	return slot;
}

static void ring_move(struct ring *ring, size_t *counter)
{
	pthread_mutex_lock(&ring->mutex);
	(*counter)++;
	pthread_cond_broadcast(&ring->moved);
	pthread_mutex_unlock(&ring->mutex);
}

void ring_commit_write(struct ring *ring)
{
	ring_move(ring, &ring->written);
}

static void ring_set(struct ring *ring, bool *flag)
{
	pthread_mutex_lock(&ring->mutex);
	*flag = true;
	pthread_cond_broadcast(&ring->moved);
	pthread_mutex_unlock(&ring->mutex);
}

void ring_end(struct ring *ring)
{
	ring_set(ring, &ring->ended);
}

struct ring_slot *ring_begin_read(struct ring *ring, unsigned int consumer)
{
	struct ring_slot *slot = NULL;

	pthread_mutex_lock(&ring->mutex);
	while (!ring->closed && !ring->ended && ring->written == ring->read[consumer])
		pthread_cond_wait(&ring->moved, &ring->mutex);
	if (!ring->closed && ring->written != ring->read[consumer])
		slot = &ring->slots[ring->read[consumer] % ring->count];
	pthread_mutex_unlock(&ring->mutex);
	return slot;
}

void ring_end_read(struct ring *ring, unsigned int consumer)
{
	ring_move(ring, &ring->read[consumer]);
}

void ring_close(struct ring *ring)
{
	ring_set(ring, &ring->closed);
}
