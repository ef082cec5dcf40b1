/* SPDX-License-Identifier: Apache-2.0 */
/* zstd files by libzstd, since libarchive refuses windows of more than 128 MiB. For image_expand.c.
 */
#ifndef FLASH_IMAGE_ZSTD_H
#define FLASH_IMAGE_ZSTD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image_input;
struct image_zstd;

/* As image_expand_*(). Also -ENOMEM: there is no memory for the window of the file. */
int image_zstd_new(struct image_zstd **ret, const struct image_input *input, struct error *err);
struct image_zstd *image_zstd_free(struct image_zstd *zstd);
ssize_t image_zstd_read(struct image_zstd *zstd, void *buf, size_t size, struct error *err);
uint64_t image_zstd_consumed(const struct image_zstd *zstd);

#endif
