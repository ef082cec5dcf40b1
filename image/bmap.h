/* SPDX-License-Identifier: Apache-2.0 */
/* A block map (bmap format 1.0 to 2.0): which parts of an image hold data, and their checksums.
 * Knows neither images nor disks. */
#ifndef FLASH_BMAP_H
#define FLASH_BMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BMAP_DIGEST_MAX 64 /* bytes of the longest digest */
#define BMAP_TEXT_MAX	(64 * 1024 * 1024)

struct error;

struct bmap_range {
	uint64_t offset, bytes; /* in the image; the last range ends with the image */
	bool checked;		/* it has a checksum */
	uint8_t digest[BMAP_DIGEST_MAX];
};

struct bmap {
	uint64_t image_bytes, mapped_bytes;
	uint32_t block_bytes; /* every offset is a multiple of it */
	/* Computes the checksums of ranges, by libcrypto's EVP functions; NULL: no range has one.
	 */
	const struct evp_md_st *digest;
	size_t count;
	struct bmap_range *ranges; /* ascending, apart from each other, none empty */
};

/* Reads the map in TEXT; its own checksum, where it has one, must be right. name is for sentences.
 * 0, -EINVAL (no map, empty, damaged, contradicts itself, of a version that is not known) or
 * -ENOMEM. Ends with bmap_free() (NULL-safe, returns NULL). */
int bmap_parse(struct bmap **ret, const char *name, const char *text, size_t bytes,
	       struct error *err);
struct bmap *bmap_free(struct bmap *bmap);

/* The same from a file, or from a pipe, for whose end it waits; also -errno of opening and reading
 * it, -EFBIG. */
int bmap_read(struct bmap **ret, const char *path, struct error *err);

#endif
