/* SPDX-License-Identifier: Apache-2.0 */
/* Between image_probe.c and its formats; for nobody else. What they read was written by anybody:
 * no number in it is believed, no walk is longer than the file. */
#ifndef FLASH_IMAGE_PROBE_PRIVATE_H
#define FLASH_IMAGE_PROBE_PRIVATE_H

#include "image/file.h"

#include <stddef.h>
#include <stdint.h>

struct error;

/* A walk over headers: few reads, whatever their distance. */
struct image_walk {
	const struct image_source *source;
	uint64_t offset; /* of what comes next; may be set */
	uint64_t buf_offset;
	size_t buf_bytes;
	unsigned char buf[4096];
};

/* The next size bytes (at most sizeof(buf)). 0; -EBADMSG where the file ends before; another -Exxx
 * where it cannot be read. */
int image_walk_get(struct image_walk *walk, void *ret, size_t size, struct error *err);

/* "SAID is damaged (WHAT)"; -EBADMSG. */
int image_probe_damaged(const struct image_source *source, const char *what, struct error *err);
/* "SAID is cut off, or something was put behind its end (WHAT)"; -EBADMSG. */
int image_probe_bad_end(const struct image_source *source, const char *what, struct error *err);

/* Each for a source that is read at offsets. *ret_bytes: expanded, 0: not known. They refuse what
 * is known to expand to nothing. */
int image_probe_xz(const struct image_source *source, uint64_t *ret_bytes, struct error *err);
int image_probe_zstd(const struct image_source *source, uint64_t *ret_bytes, struct error *err);
int image_probe_zip(const struct image_source *source, uint64_t *ret_bytes, struct error *err);

static inline uint32_t image_le16(const unsigned char *bytes)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): was read before */
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline uint32_t image_le32(const unsigned char *bytes)
{
	return image_le16(bytes) | image_le16(bytes + 2) << 16;
}

static inline uint64_t image_le64(const unsigned char *bytes)
{
	return (uint64_t)image_le32(bytes) | (uint64_t)image_le32(bytes + 4) << 32;
}

#endif
