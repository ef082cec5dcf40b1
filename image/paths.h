/* SPDX-License-Identifier: Apache-2.0 */
/* Which files belong to an image: itself, the block map beside it, and where it may be expanded. */
#ifndef FLASH_IMAGE_FILES_H
#define FLASH_IMAGE_FILES_H

struct image_config;

/* Goes on as long as it returns 0. */
typedef int image_name_fn(void *ctx, const char *path);

/* The names that the block map of an image may have, as bmaptool looks for it: os.img.xz.bmap,
 * os.img.bmap, os.bmap. 0, -ENOMEM, or what fn returned. */
int image_bmap_names(const char *image, image_name_fn *fn, void *ctx);

/* Every file that image_new() would read, whether it is there or not. As image_bmap_names(). */
int image_files(const struct image_config *config, image_name_fn *fn, void *ctx);

/* Where a compressed image may be expanded: $TMPDIR, else /var/tmp. */
const char *image_spool_dir(const struct image_config *config);

#endif
