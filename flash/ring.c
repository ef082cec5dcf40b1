/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of aligned buffers for one producer and several consumers. This file does not know
 * files. */
#include "flash/ring.h"

#include <pthread.h>
#include <stdlib.h>

#define RING_ALIGNMENT 4096

struct ring {
	struct ring_piece *pieces;
	size_t count, piece_bytes;
	unsigned int takers;
	pthread_mutex_t mutex; /* protects the fields below */
	pthread_cond_t moved;
	size_t filled, taken[RING_TAKERS_MAX]; /* counted since the beginning */
	bool ended, closed;
};

struct ring *ring_new(size_t pieces, size_t piece_bytes, unsigned int takers)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	pthread_mutex_init(&ring->mutex, NULL);
	pthread_cond_init(&ring->moved, NULL);
	ring->piece_bytes = piece_bytes;
	ring->takers = takers;
	ring->pieces = calloc(pieces, sizeof(*ring->pieces));
	for (; ring->pieces && ring->count < pieces; ring->count++) {
		void *data;

		if (posix_memalign(&data, RING_ALIGNMENT, piece_bytes) != 0)
			break;
		ring->pieces[ring->count].data = data;
	}
	return ring->count == pieces ? ring : ring_free(ring);
}

struct ring *ring_free(struct ring *ring)
{
	if (!ring)
		return NULL;
	for (size_t i = 0; i < ring->count; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): count is 0 without pieces */
		free(ring->pieces[i].data);
	free(ring->pieces);
	pthread_cond_destroy(&ring->moved);
	pthread_mutex_destroy(&ring->mutex);
	free(ring);
	return NULL;
}

/* Returns: true if all buffers are filled and at least one consumer has not finished with the
 * oldest buffer. */
static bool ring_is_full(const struct ring *ring)
{
	for (unsigned int i = 0; i < ring->takers; i++)
		if (ring->filled - ring->taken[i] == ring->count)
			return true;
	return false;
}

struct ring_piece *ring_fill(struct ring *ring)
{
	struct ring_piece *piece;

	pthread_mutex_lock(&ring->mutex);
	while (!ring->closed && ring_is_full(ring))
		pthread_cond_wait(&ring->moved, &ring->mutex);
	piece = ring->closed ? NULL : &ring->pieces[ring->filled % ring->count];
	pthread_mutex_unlock(&ring->mutex);
	return piece;
}

static void ring_move(struct ring *ring, size_t *counter)
{
	pthread_mutex_lock(&ring->mutex);
	(*counter)++;
	pthread_cond_broadcast(&ring->moved);
	pthread_mutex_unlock(&ring->mutex);
}

void ring_filled(struct ring *ring)
{
	ring_move(ring, &ring->filled);
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

struct ring_piece *ring_take(struct ring *ring, unsigned int taker)
{
	struct ring_piece *piece = NULL;

	pthread_mutex_lock(&ring->mutex);
	while (!ring->closed && !ring->ended && ring->filled == ring->taken[taker])
		pthread_cond_wait(&ring->moved, &ring->mutex);
	if (!ring->closed && ring->filled != ring->taken[taker])
		piece = &ring->pieces[ring->taken[taker] % ring->count];
	pthread_mutex_unlock(&ring->mutex);
	return piece;
}

void ring_taken(struct ring *ring, unsigned int taker)
{
	ring_move(ring, &ring->taken[taker]);
}

void ring_close(struct ring *ring)
{
	ring_set(ring, &ring->closed);
}
