/* SPDX-License-Identifier: Apache-2.0 */
/* Parses a block map (bmap format 1.0 to 2.0), an XML file that lists the ranges of an image that
 * contain data, and their checksums. */
#ifndef IMAGE_BMAP_H
#define IMAGE_BMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BMAP_DIGEST_MAX 64 /* bytes of the longest digest */
#define BMAP_TEXT_MAX	(64 * 1024 * 1024)

struct error;

struct bmap_range {
	/* The offset and the length of a range inside the image, in bytes. */
	uint64_t offset, bytes;
	bool checked; /* true if this range has a checksum */
	uint8_t digest[BMAP_DIGEST_MAX];
};

struct bmap {
	uint64_t image_bytes, mapped_bytes;
	/* The size of a block of the image in bytes. The offset of each range in the block map is a
	 * multiple of this size. */
	uint32_t block_bytes;
	/* libcrypto's hash function for the checksums of the ranges in the block map. It is NULL if
	 * no range has a checksum. */
	const struct evp_md_st *digest;
	size_t count;
	/* The ranges of the image that contain data, in ascending order. No range is empty, and no
	 * two ranges overlap. */
	struct bmap_range *ranges;
};

/* Parses the text of a block map. If the map contains a checksum of itself, the checksum must
 * match. Error messages use name to identify the map.
 * Returns: 0, -EINVAL (not a block map, empty, damaged, contradictory, or of an unknown version),
 * -EFBIG (longer than BMAP_TEXT_MAX) or -ENOMEM.
 * Ownership: the caller frees *ret with bmap_free(), which accepts NULL and returns NULL. */
int bmap_parse(struct bmap **ret, const char *name, const char *text, size_t bytes,
	       struct error *err);
struct bmap *bmap_free(struct bmap *bmap);

/* Reads a block map from a file or a pipe and parses it like bmap_parse(). If path is a pipe,
 * this function waits until the pipe ends.
 * Returns: 0, an error of bmap_parse(), -EISDIR (a directory), -EFBIG (the file is too large) or
 * the -errno of opening or reading the file.
 * Ownership: the caller frees *ret with bmap_free(). */
int bmap_read(struct bmap **ret, const char *path, struct error *err);

#endif
