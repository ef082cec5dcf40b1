/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the paths of an image and of its block map (.bmap), and selects the directory for the
 * temporary file with the decompressed image. The functions in this file open no files. */
#ifndef IMAGE_PATHS_H
#define IMAGE_PATHS_H

struct image_config;

/* A callback that gets one path at a time: the path of an image, or a possible path of its block
 * map. If the callback returns 0, it is called with the next path. Any other value ends the
 * calls. */
typedef int image_name_fn(void *ctx, const char *path);

/* Calls fn with each path that the block map of an image may have. The names are those that
 * bmaptool looks for: os.img.xz.bmap, os.img.bmap and os.bmap for the image os.img.xz.
 * Returns: 0, -ENOMEM, or the first value of fn other than 0, which ends the calls. */
int image_bmap_names(const char *image, image_name_fn *fn, void *ctx);

/* Calls fn with each path from which image_new() may read the image or its block map. The files
 * need not exist.
 * Returns: 0, -ENOMEM, or the first value of fn other than 0, which ends the calls. */
int image_files(const struct image_config *config, image_name_fn *fn, void *ctx);

/* Returns: the directory for the temporary file with a decompressed image. It is config->spool_dir,
 * or $TMPDIR, or else /var/tmp. */
const char *image_spool_dir(const struct image_config *config);

#endif
