/* SPDX-License-Identifier: Apache-2.0 */
/* Declares functions that only image/probe.c and the parsers of compression formats use. The
 * parsers validate every number in the untrusted files. */
#ifndef IMAGE_PROBE_INTERNAL_H
#define IMAGE_PROBE_INTERNAL_H

#include "image/file.h"

/* Reads the headers of a compressed file one after another and skips the data between them. A
 * buffer of 4 KiB saves calls of read(). */
struct image_walk {
	const struct image_file *file;
	/* The offset in the compressed file at which the next read begins. The parser increases it
	 * to skip bytes. */
	uint64_t offset;
	uint64_t buf_offset;
	size_t buf_bytes;
	unsigned char buf[4096];
};

/* Copies the next size bytes of a compressed file to ret.
 * Returns: 0, -EBADMSG (the file has fewer bytes) or the -errno of reading the file. */
int image_walk_get(struct image_walk *walk, void *ret, size_t size, struct error *err);

/* Sets the error message that an image file is damaged. `what` names the damaged part of the file.
 * Returns: -EBADMSG. */
int image_probe_damaged(const struct image_file *file, const char *what, struct error *err);
/* Sets the error message for an image file that is truncated or has trailing data. The message
 * contains `what`, the detected problem, in parentheses.
 * Returns: -EBADMSG. */
int image_probe_bad_end(const struct image_file *file, const char *what, struct error *err);

/* These functions check the structure of a file in one format each. The file must have at_offsets
 * set. *ret_bytes becomes the decompressed size, or 0 if the size is unknown.
 * Returns: 0, -EBADMSG (the file is damaged, or its decompressed size is known to be 0), -EINVAL
 * (the content is unusable) or the -errno of reading the file. */
int image_probe_xz(const struct image_file *file, uint64_t *ret_bytes, struct error *err);
int image_probe_zstd(const struct image_file *file, uint64_t *ret_bytes, struct error *err);
int image_probe_zip(const struct image_file *file, uint64_t *ret_bytes, struct error *err);

#endif
