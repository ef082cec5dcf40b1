/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses zstd files with libzstd for image/decoder.c, because libarchive rejects windows
 * of more than 128 MiB. */
#ifndef IMAGE_ZSTD_H
#define IMAGE_ZSTD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image_input;
struct image_zstd;

/* Each function has the same contract as the function image_expand_*() of the same name in
 * image/decoder.h. image_zstd_read() also returns -ENOMEM if the machine has too little memory
 * for the window of the file. */
int image_zstd_new(struct image_zstd **ret, const struct image_input *input, struct error *err);
struct image_zstd *image_zstd_free(struct image_zstd *zstd);
ssize_t image_zstd_read(struct image_zstd *zstd, void *buf, size_t size, struct error *err);
uint64_t image_zstd_consumed(const struct image_zstd *zstd);

#endif
