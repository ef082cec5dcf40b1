/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two streams that should be equal, and computes the digest of a stream with several
 * readers. */
#include "image/digest.h"

#include "util/util.h"
#include "tests/test.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MIB	    (UINT64_C(1) << 20)
#define STEP	    (16 * MIB)
#define PIECE_BYTES (5 * MIB) /* no divisor of the checkpoint distance */

/* Fills in the bytes of the stream at an offset. The byte at flip differs. */
static void fill(uint8_t *ret, uint64_t at, size_t size, uint64_t flip)
{
	for (size_t i = 0; i < size; i++)
		ret[i] = (uint8_t)((at + i) * 2654435761u >> 13);
	if (flip >= at && flip < at + size)
		ret[flip - at] ^= 1;
}

/* Adds up to `bytes` bytes. Returns: the offset at which a difference was found, or UINT64_MAX. */
static uint64_t add(struct digest *digest, uint64_t bytes, uint64_t flip)
{
	static uint8_t piece[PIECE_BYTES];

	for (uint64_t at = 0; at < bytes; at += sizeof(piece)) {
		size_t size = bytes - at < sizeof(piece) ? (size_t)(bytes - at) : sizeof(piece);

		fill(piece, at, size, flip);
		if (!digest_add(digest, piece, size))
			return at + size;
	}
	return UINT64_MAX;
}

TEST(the_first_differing_byte_is_found)
{
	static const struct {
		uint64_t bytes, flip;
		bool differs;
		uint64_t good; /* bytes that are proved to be equal */
	} rows[] = {
		{3 * STEP + 7, UINT64_MAX, false, 3 * STEP},
		{2 * STEP, UINT64_MAX, false, 2 * STEP},
		{3 * STEP + 7, 0, true, 0},
		{3 * STEP + 7, STEP - 1, true, 0},
		{3 * STEP + 7, STEP, true, STEP},
		{3 * STEP + 7, 3 * STEP - 1, true, 2 * STEP},
		/* After the last checkpoint, only the final digest detects a difference. */
		{3 * STEP + 7, 3 * STEP + 6, false, 3 * STEP},
		/* The stream is longer than the reference. */
		{4 * STEP, UINT64_MAX, true, 3 * STEP},
	};
	struct digest *like = digest_new(NULL);
	uint8_t want[DIGEST_SIZE];

	assert_non_null(like);
	assert_true(add(like, 3 * STEP + 7, UINT64_MAX) == UINT64_MAX);
	digest_result(like, want);
	for (size_t i = 0; i < array_size(rows); i++) {
		struct digest *digest = digest_new(like);
		uint8_t sum[DIGEST_SIZE];
		uint64_t found;

		assert_non_null(digest);
		found = add(digest, rows[i].bytes, rows[i].flip);
		assert_int_equal(found != UINT64_MAX, rows[i].differs);
		assert_int_equal(digest_verified_bytes(digest), rows[i].good);
		if (rows[i].differs) /* found with the read that passes the checkpoint */
			assert_true(found >= rows[i].good + STEP &&
				    found <= rows[i].good + STEP + PIECE_BYTES);
		digest_result(digest, sum);
		assert_int_equal(memcmp(sum, want, sizeof(want)) == 0, i == 0);
		assert_null(digest_free(digest));
	}
	assert_null(digest_free(like));
	assert_null(digest_free(NULL));
}

/* ---- several readers of one stream at different offsets */

#define SHARED_BYTES (1 * MIB)

struct reader {
	struct digest *digest;
	size_t step;
	uint64_t at;
};

static bool read_on(struct reader *reader)
{
	uint64_t left = SHARED_BYTES - reader->at;
	size_t size = left < reader->step ? (size_t)left : reader->step;
	uint8_t piece[4096];

	fill(piece, reader->at, size, UINT64_MAX);
	digest_add_at(reader->digest, reader->at, piece, size);
	reader->at += size;
	return reader->at < SHARED_BYTES;
}

static void *read_all(void *ctx)
{
	while (read_on(ctx))
		;
	return NULL;
}

/* Each reader is the foremost reader for a while, and each has its own read size. */
static void read_by_turns(struct reader *readers, size_t count)
{
	uint32_t seed = 1;
	bool more = true;

	while (more) {
		seed = seed * 1664525 + 1013904223;
		more = read_on(&readers[(seed >> 16) % count]);
	}
}

static void check_shared(struct digest *digest)
{
	cleanup_free uint8_t *all = malloc(SHARED_BYTES);
	uint8_t sum[DIGEST_SIZE], want[DIGEST_SIZE];

	assert_non_null(all);
	fill(all, 0, SHARED_BYTES, UINT64_MAX);
	assert_int_equal(EVP_Digest(all, SHARED_BYTES, want, NULL, EVP_sha256(), NULL), 1);
	digest_result(digest, sum);
	assert_memory_equal(sum, want, sizeof(want));
	digest_free(digest);
}

TEST(readers_by_turns_share_a_digest)
{
	struct digest *digest = digest_new(NULL);
	struct reader readers[] = {{digest, 4096, 0}, {digest, 4095, 0}, {digest, 4000, 0}};

	read_by_turns(readers, array_size(readers));
	check_shared(digest);
}

TEST(threads_share_a_digest)
{
	struct digest *digest = digest_new(NULL);
	struct reader readers[] = {{digest, 4096, 0}, {digest, 1000, 0}, {digest, 17, 0}};
	pthread_t threads[array_size(readers)];

	for (size_t i = 0; i < array_size(readers); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
	for (size_t i = 0; i < array_size(readers); i++)
		pthread_join(threads[i], NULL);
	check_shared(digest);
}
