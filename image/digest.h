/* SPDX-License-Identifier: Apache-2.0 */
/* The SHA-256 of a stream, and of its beginnings at regular distances: a second stream that should
 * be the same is known to differ soon after it does, not only at its end. */
#ifndef FLASH_PREFIX_H
#define FLASH_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREFIX_DIGEST_SIZE 32

struct prefix;

/* like: a finished one that the new one is to be compared with, or NULL. NULL: no memory. Ends with
 * prefix_free() (NULL-safe, returns NULL). */
struct prefix *prefix_new(const struct prefix *like);
struct prefix *prefix_free(struct prefix *prefix);

/* The next bytes. False: it differs from `like`, in what was added since prefix_good() bytes. */
bool prefix_add(struct prefix *prefix, const void *data, size_t bytes);

/* Likewise, where several threads have the same stream: the bytes at that place of it, of which
 * those that another one has added are skipped. All before them must have been added. For one
 * without `like`. */
void prefix_add_at(struct prefix *prefix, uint64_t at, const void *data, size_t bytes);

/* How many of the bytes from the beginning are known to be the same as those of `like`. */
uint64_t prefix_good(const struct prefix *prefix);

/* The digest of all that was added. */
void prefix_digest(struct prefix *prefix, uint8_t ret[PREFIX_DIGEST_SIZE]);

#endif
