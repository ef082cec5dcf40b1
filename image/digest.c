/* SPDX-License-Identifier: Apache-2.0 */
/* Computes the SHA-256 of a stream and its checkpoint digests. This file does not know images. */
#include "image/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_STEP_BYTES (UINT64_C(16) * 1024 * 1024)
/* The limit of checkpoints. At the limit, every second checkpoint is dropped and the distance is
 * doubled. */
#define PREFIX_MARKS 1024

struct prefix {
	pthread_mutex_t mutex;	/* for prefix_add_at(), prefix_digest() */
	EVP_MD_CTX *sum, *part; /* part: a copy that can be finished */
	uint64_t bytes, step_bytes;
	const struct prefix *like;
	uint64_t good_bytes;
	size_t count;
	/* marks[i] is the digest of the first (i + 1) * step_bytes bytes. */
	uint8_t marks[PREFIX_MARKS][PREFIX_DIGEST_SIZE];
};

struct prefix *prefix_new(const struct prefix *like)
{
	struct prefix *prefix = calloc(1, sizeof(*prefix));

	if (!prefix)
		return NULL;
	pthread_mutex_init(&prefix->mutex, NULL);
	prefix->like = like;
	prefix->step_bytes = like ? like->step_bytes : PREFIX_STEP_BYTES;
	prefix->sum = EVP_MD_CTX_new();
	prefix->part = EVP_MD_CTX_new();
	if (!prefix->sum || !prefix->part || !EVP_DigestInit_ex(prefix->sum, EVP_sha256(), NULL))
		return prefix_free(prefix);
	return prefix;
}

struct prefix *prefix_free(struct prefix *prefix)
{
	if (!prefix)
		return NULL;
	EVP_MD_CTX_free(prefix->sum);
	EVP_MD_CTX_free(prefix->part);
	pthread_mutex_destroy(&prefix->mutex);
	free(prefix);
	return NULL;
}

static void prefix_thin_out(struct prefix *prefix)
{
	for (size_t i = 0; i < PREFIX_MARKS / 2; i++)
		memcpy(prefix->marks[i], prefix->marks[2 * i + 1], PREFIX_DIGEST_SIZE);
	prefix->count = PREFIX_MARKS / 2;
	prefix->step_bytes *= 2;
}

/* Adds a checkpoint, or compares it with like. The number of bytes added so far must be a
 * multiple of step_bytes. */
static bool prefix_mark(struct prefix *prefix)
{
	const struct prefix *like = prefix->like;
	uint8_t *mark;

	if (!like && prefix->count == PREFIX_MARKS) {
		prefix_thin_out(prefix);
		if (prefix->bytes % prefix->step_bytes != 0)
			return true;
	}
	if (prefix->count == PREFIX_MARKS)
		return false; /* the stream is longer than like */
	mark = prefix->marks[prefix->count];
	EVP_MD_CTX_copy_ex(prefix->part, prefix->sum);
	EVP_DigestFinal_ex(prefix->part, mark, NULL);
	if (like && (prefix->count >= like->count ||
		     memcmp(mark, like->marks[prefix->count], PREFIX_DIGEST_SIZE) != 0))
		return false;
	prefix->good_bytes = prefix->bytes;
	prefix->count++;
	return true;
}

bool prefix_add(struct prefix *prefix, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	while (bytes > 0) {
		uint64_t room = prefix->step_bytes - prefix->bytes % prefix->step_bytes;
		size_t size = bytes < room ? bytes : (size_t)room;

		EVP_DigestUpdate(prefix->sum, at, size);
		prefix->bytes += size;
		at += size;
		bytes -= size;
		if (prefix->bytes % prefix->step_bytes == 0 && !prefix_mark(prefix))
			return false;
	}
	return true;
}

uint64_t prefix_good(const struct prefix *prefix)
{
	return prefix->good_bytes;
}

void prefix_add_at(struct prefix *prefix, uint64_t at, const void *data, size_t bytes)
{
	pthread_mutex_lock(&prefix->mutex);
	if (at + bytes > prefix->bytes)
		prefix_add(prefix, (const uint8_t *)data + (prefix->bytes - at),
			   (size_t)(at + bytes - prefix->bytes));
	pthread_mutex_unlock(&prefix->mutex);
}

void prefix_digest(struct prefix *prefix, uint8_t ret[PREFIX_DIGEST_SIZE])
{
	pthread_mutex_lock(&prefix->mutex);
	EVP_MD_CTX_copy_ex(prefix->part, prefix->sum);
	EVP_DigestFinal_ex(prefix->part, ret, NULL);
	pthread_mutex_unlock(&prefix->mutex);
}
