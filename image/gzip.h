/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses gzip files with zlib for image/decoder.c, because libarchive does not verify the
 * checksums of gzip files. */
#ifndef IMAGE_GZIP_H
#define IMAGE_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image_gzip;
struct image_input;

/* Each function has the same contract as the function image_expand_*() of the same name in
 * image/decoder.h. */
int image_gzip_new(struct image_gzip **ret, const struct image_input *input, struct error *err);
struct image_gzip *image_gzip_free(struct image_gzip *gzip);
ssize_t image_gzip_read(struct image_gzip *gzip, void *buf, size_t size, struct error *err);
uint64_t image_gzip_consumed(const struct image_gzip *gzip);
uint64_t image_gzip_ignored(const struct image_gzip *gzip);

#endif
