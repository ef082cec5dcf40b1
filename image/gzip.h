/* SPDX-License-Identifier: Apache-2.0 */
/* gzip files by zlib, since libarchive does not look at their checksums. For image_expand.c. */
#ifndef FLASH_IMAGE_GZIP_H
#define FLASH_IMAGE_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image_gzip;
struct image_input;

/* As image_expand_*(). */
int image_gzip_new(struct image_gzip **ret, const struct image_input *input, struct error *err);
struct image_gzip *image_gzip_free(struct image_gzip *gzip);
ssize_t image_gzip_read(struct image_gzip *gzip, void *buf, size_t size, struct error *err);
uint64_t image_gzip_consumed(const struct image_gzip *gzip);
uint64_t image_gzip_ignored(const struct image_gzip *gzip);

#endif
