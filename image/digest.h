/* SPDX-License-Identifier: Apache-2.0 */
/* Computes the SHA-256 of a stream. At regular distances, it also records a checkpoint, which is
 * the digest of all bytes up to there. With checkpoints, a comparison with a second stream fails
 * soon after the first different byte, and not only at the end. */
#ifndef IMAGE_DIGEST_H
#define IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32

struct digest;

/* Creates the digest of a stream of bytes.
 * like: NULL, or the finished digest of an earlier stream, with which digest_add() compares the new
 * stream.
 * Returns: the digest, or NULL (out of memory).
 * Ownership: the caller frees the digest with digest_free(), which accepts NULL and returns NULL.
 * like must outlive the new digest. */
struct digest *digest_new(const struct digest *like);
struct digest *digest_free(struct digest *digest);

/* Adds the next bytes of a stream to its digest. If the digest of an earlier stream was passed to
 * digest_new(), compares the two streams.
 * Returns: true, or false (the streams differ, and only their first digest_verified_bytes() bytes
 * are known to be equal). */
bool digest_add(struct digest *digest, const void *data, size_t bytes);

/* Adds the bytes at offset `at` of the stream to its digest. Several threads may read the same
 * stream, so the function skips bytes that another thread has already added. All bytes before `at`
 * must have been added. The argument `like` of digest_new() must have been NULL.
 * Thread: any. */
void digest_add_at(struct digest *digest, uint64_t at, const void *data, size_t bytes);

/* Returns: the number of bytes at the beginning of the stream that are known to be the same as in
 * the earlier stream, because both have the same SHA-256. The digest of the earlier stream was
 * passed to digest_new(). */
uint64_t digest_verified_bytes(const struct digest *digest);

/* Stores in ret the SHA-256 of all bytes that were added so far.
 * Thread: any thread may call this function. */
void digest_result(struct digest *digest, uint8_t ret[DIGEST_SIZE]);

#endif
