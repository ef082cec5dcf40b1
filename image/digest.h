/* SPDX-License-Identifier: Apache-2.0 */
/* Computes the SHA-256 of a stream, and a checkpoint digest of its beginning at regular
 * distances. The checkpoints let a comparison with a second stream fail soon after the first
 * different byte, not only at the end. */
#ifndef IMAGE_DIGEST_H
#define IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREFIX_DIGEST_SIZE 32

struct prefix;

/* Creates a digest. If like is not NULL, the new stream is compared with the finished stream in
 * like.
 * Returns: the digest, or NULL (out of memory).
 * Ownership: the caller frees the digest with prefix_free(), which accepts NULL and returns
 * NULL. like must outlive the new digest. */
struct prefix *prefix_new(const struct prefix *like);
struct prefix *prefix_free(struct prefix *prefix);

/* Adds the next bytes of the stream.
 * Returns: true, or false if the stream differs from like. The difference is in the bytes that
 * were added after the first prefix_good() bytes. */
bool prefix_add(struct prefix *prefix, const void *data, size_t bytes);

/* Adds the bytes at offset `at`, if several threads read the same stream. Bytes that another
 * thread has already added are skipped. All bytes before `at` must have been added. The digest
 * must have been created without like.
 * Thread: any. */
void prefix_add_at(struct prefix *prefix, uint64_t at, const void *data, size_t bytes);

/* Returns: how many bytes from the beginning are verified to equal the stream in like. */
uint64_t prefix_good(const struct prefix *prefix);

/* Stores the SHA-256 of all bytes added so far in ret.
 * Thread: any. */
void prefix_digest(struct prefix *prefix, uint8_t ret[PREFIX_DIGEST_SIZE]);

#endif
