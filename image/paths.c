/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the paths at which an image and its block map (.bmap) may be, and the directory for the
 * temporary file with the decompressed image. The functions open no file. */
#include "image/paths.h"

#include "image/image.h"
#include "util/path.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

/* Removes the last extension of a path: "dir/os.img.xz" becomes "dir/os.img".
 * Returns: false if path has no extension. */
static bool path_cut(char *path)
{
	char *name = path + (path_name(path) - path);
	char *dot = strrchr(name + strspn(name, "."), '.');

	if (dot)
		*dot = '\0';
	return dot;
}

int image_bmap_names(const char *image, image_name_fn *fn, void *ctx)
{
	cleanup_free char *base = strdup(image);
	int r = 0;

	if (!base)
		return -ENOMEM;
	do {
		cleanup_free char *path = text_new("%s.bmap", base);

		if (!path)
			return -ENOMEM;
		if (strcmp(path, image) != 0)
			r = fn(ctx, path);
	} while (r == 0 && path_cut(base));
	return r;
}

int image_files(const struct image_config *config, image_name_fn *fn, void *ctx)
{
	bool is_stdin = strcmp(config->path, "-") == 0;
	int r = is_stdin ? 0 : fn(ctx, config->path);

	if (r != 0 || config->no_bmap)
		return r;
	if (config->bmap_path)
		return fn(ctx, config->bmap_path);
	return is_stdin ? 0 : image_bmap_names(config->path, fn, ctx);
}

const char *image_spool_dir(const struct image_config *config)
{
	const char *dir = config->spool_dir ? config->spool_dir : getenv("TMPDIR");

	return dir && *dir ? dir : "/var/tmp";
}
