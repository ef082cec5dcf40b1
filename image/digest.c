/* SPDX-License-Identifier: Apache-2.0 */
/* Computes the SHA-256 of a stream of bytes. In steps of at least 16 MiB, stores the SHA-256 so far
 * as a checkpoint. */
#include "image/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_STEP_BYTES (UINT64_C(16) * 1024 * 1024)
/* The maximum number of checkpoints (SHA-256 values of the bytes up to certain offsets) of a
 * stream. If more are needed, every second checkpoint is dropped. */
#define CHECKPOINTS_MAX 1024

struct digest {
	pthread_mutex_t mutex; /* for digest_add_at(), digest_result() */
	/* `sum` is the SHA-256 state of all bytes so far. Reading the result of a state ends it, so
	 * the result is read from `part`, a copy of `sum`. */
	EVP_MD_CTX *sum, *part;
	uint64_t bytes, step_bytes;
	const struct digest *like;
	uint64_t verified_bytes;
	size_t count;
	/* checkpoints[i] is the SHA-256 of the first (i + 1) * step_bytes bytes that were added to
	 * this digest. */
	uint8_t checkpoints[CHECKPOINTS_MAX][DIGEST_SIZE];
};

struct digest *digest_new(const struct digest *like)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (!digest)
		return NULL;
	pthread_mutex_init(&digest->mutex, NULL);
	digest->like = like;
	digest->step_bytes = like ? like->step_bytes : CHECKPOINT_STEP_BYTES;
	digest->sum = EVP_MD_CTX_new();
	digest->part = EVP_MD_CTX_new();
	if (!digest->sum || !digest->part || !EVP_DigestInit_ex(digest->sum, EVP_sha256(), NULL))
		return digest_free(digest);
	return digest;
}

struct digest *digest_free(struct digest *digest)
{
	if (!digest)
		return NULL;
	EVP_MD_CTX_free(digest->sum);
	EVP_MD_CTX_free(digest->part);
	pthread_mutex_destroy(&digest->mutex);
	free(digest);
	return NULL;
}

static void digest_thin_out(struct digest *digest)
{
	for (size_t i = 0; i < CHECKPOINTS_MAX / 2; i++)
		memcpy(digest->checkpoints[i], digest->checkpoints[2 * i + 1], DIGEST_SIZE);
	digest->count = CHECKPOINTS_MAX / 2;
	digest->step_bytes *= 2;
}

/* Records the digest of the bytes added so far as a checkpoint. If the stream is compared with an
 * earlier stream (digest->like), compares the checkpoint with that of the earlier stream. The
 * number of bytes must be a multiple of step_bytes.
 * Returns: true, or false (the stream differs from the earlier stream or is longer). */
static bool digest_checkpoint(struct digest *digest)
{
	const struct digest *like = digest->like;
	uint8_t *checkpoint;

	if (!like && digest->count == CHECKPOINTS_MAX) {
		digest_thin_out(digest);
		if (digest->bytes % digest->step_bytes != 0)
			return true;
	}
	if (digest->count == CHECKPOINTS_MAX)
		return false; /* longer than the earlier stream */
	checkpoint = digest->checkpoints[digest->count];
	EVP_MD_CTX_copy_ex(digest->part, digest->sum);
	EVP_DigestFinal_ex(digest->part, checkpoint, NULL);
	if (like && (digest->count >= like->count ||
		     memcmp(checkpoint, like->checkpoints[digest->count], DIGEST_SIZE) != 0))
		return false;
	digest->verified_bytes = digest->bytes;
	digest->count++;
	return true;
}

bool digest_add(struct digest *digest, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	while (bytes > 0) {
		uint64_t room = digest->step_bytes - digest->bytes % digest->step_bytes;
		size_t size = bytes < room ? bytes : (size_t)room;

		EVP_DigestUpdate(digest->sum, at, size);
		digest->bytes += size;
		at += size;
		bytes -= size;
		if (digest->bytes % digest->step_bytes == 0 && !digest_checkpoint(digest))
			return false;
	}
	return true;
}

uint64_t digest_verified_bytes(const struct digest *digest)
{
	return digest->verified_bytes;
}

void digest_add_at(struct digest *digest, uint64_t at, const void *data, size_t bytes)
{
	pthread_mutex_lock(&digest->mutex);
	if (at + bytes > digest->bytes)
		digest_add(digest, (const uint8_t *)data + (digest->bytes - at),
			   (size_t)(at + bytes - digest->bytes));
	pthread_mutex_unlock(&digest->mutex);
}

void digest_result(struct digest *digest, uint8_t ret[DIGEST_SIZE])
{
	pthread_mutex_lock(&digest->mutex);
	EVP_MD_CTX_copy_ex(digest->part, digest->sum);
	EVP_DigestFinal_ex(digest->part, ret, NULL);
	pthread_mutex_unlock(&digest->mutex);
}
