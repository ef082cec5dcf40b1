/* SPDX-License-Identifier: Apache-2.0 */
/* Block maps for tests, formatted independently of image/bmap.c. */
#ifndef TESTS_BMAP_TEXT_H
#define TESTS_BMAP_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct bmap_text_range {
	uint64_t first, last; /* blocks */
};

struct bmap_text {
	const char *version; /* "1.2", "1.3", "1.4", "2.0" */
	const char *digest;  /* "sha1", "sha256", "sha512"; NULL: no checksums */
	const uint8_t *image;
	uint64_t image_bytes, block_bytes;
	struct bmap_text_range ranges[16]; /* ends with {1, 0} or at the end of the array */
	size_t count;
};

/* Returns: the document. Ownership: the caller frees it. */
char *bmap_text_new(const struct bmap_text *text);

#endif
