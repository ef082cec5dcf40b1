/* SPDX-License-Identifier: Apache-2.0 */
/* The image: found, opened, looked at before a board waits for it. Passes over it are
 * image_reader.c's. */
#include "flash/image_private.h"

#include "error.h"
#include "flash/image_files.h"
#include "flash/image_stream.h"
#include "flash/prefix.h"
#include "flash/spool.h"
#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define IMAGE_TRY_BYTES 512 /* expanded to see whether it can be */

/* 1: this one it is. */
static int image_try_bmap(void *ctx, const char *path)
{
	struct image *image = ctx;

	if (access(path, F_OK) < 0)
		return 0;
	image->bmap_path = strdup(path);
	return image->bmap_path ? 1 : -ENOMEM;
}

static int image_find_bmap(struct image *image, struct error *err)
{
	int r = image_bmap_names(image->config.path, image_try_bmap, image);

	if (r < 0)
		return error_set(err, r, "out of memory while opening %s", image->source.said);
	return r ? bmap_read(&image->bmap, image->bmap_path, err) : 0;
}

static int image_open_bmap(struct image *image, struct error *err)
{
	const struct image_config *config = &image->config;
	int r = 0;

	if (config->no_bmap)
		return 0;
	if (config->bmap_path) {
		image->bmap_path = strdup(config->bmap_path);
		if (!image->bmap_path)
			return error_set(err, -ENOMEM, "out of memory while opening '%s'",
					 config->bmap_path);
		r = bmap_read(&image->bmap, image->bmap_path, err);
	} else if (strcmp(config->path, "-") != 0) {
		r = image_find_bmap(image, err);
	}
	if (r < 0 || !image->bmap || !image->facts.bytes ||
	    image->facts.bytes == image->bmap->image_bytes)
		return r;
	return error_set(err, -EINVAL,
			 "the block map '%s' does not belong to %s: it is for an image of %llu "
			 "bytes, this one has %llu",
			 image->bmap_path, image->source.said,
			 (unsigned long long)image->bmap->image_bytes,
			 (unsigned long long)image->facts.bytes);
}

/* Expands the first bytes: better now than with a board waiting. */
static int image_try(const struct image *image, struct error *err)
{
	struct image_stream stream = {.facts = image->facts, .input = {.source = &image->source}};
	char buf[IMAGE_TRY_BYTES];
	ssize_t n;

	if (!image->source.at_offsets || image->facts.format == IMAGE_RAW)
		return 0;
	n = image_stream_read(&stream, buf, sizeof(buf), 0, err);
	image_stream_done(&stream);
	return n < 0 ? (int)n : 0;
}

static void image_free_ptr(struct image **image)
{
	*image = image_free(*image);
}

int image_new(struct image **ret, const struct image_config *config, struct error *err)
{
	cleanup(image_free_ptr) struct image *image = calloc(1, sizeof(*image));
	int r;

	if (!image)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", config->path);
	pthread_mutex_init(&image->mutex, NULL);
	image->owners = 1;
	image->config = *config;
	image->sum = prefix_new(NULL);
	if (!image->sum)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", config->path);
	r = image_source_open(&image->source, config->path, err);
	if (r == 0)
		r = image_probe(&image->source, &image->facts, err);
	if (r == 0)
		r = image_open_bmap(image, err);
	if (r == 0)
		r = image_try(image, err);
	if (r == 0)
		*ret = take_ptr(image);
	return r;
}

struct image *image_hold(struct image *image)
{
	pthread_mutex_lock(&image->mutex);
	image->owners++;
	pthread_mutex_unlock(&image->mutex);
	return image;
}

struct image *image_free(struct image *image)
{
	bool last;

	if (!image)
		return NULL;
	pthread_mutex_lock(&image->mutex);
	last = --image->owners == 0;
	pthread_mutex_unlock(&image->mutex);
	if (!last)
		return NULL;
	if (image->filler)
		image_reader_cancel(image->filler);
	spool_free(image->spool);
	bmap_free(image->bmap);
	free(image->bmap_path);
	prefix_free(image->sum);
	image_source_close(&image->source);
	pthread_mutex_destroy(&image->mutex);
	free(image);
	return NULL;
}

const char *image_name(const struct image *image)
{
	return strcmp(image->config.path, "-") == 0 ? image->source.said : image->config.path;
}

const char *image_format(const struct image *image)
{
	return image_format_name(image->facts.format);
}

const char *image_bmap_name(const struct image *image)
{
	return image->bmap_path;
}

uint64_t image_bytes(const struct image *image)
{
	return image->bmap ? image->bmap->image_bytes : image->facts.bytes;
}

uint64_t image_mapped_bytes(const struct image *image)
{
	return image->bmap ? image->bmap->mapped_bytes : image->facts.bytes;
}

struct prefix *image_sum(struct image *image)
{
	return image->sum;
}
