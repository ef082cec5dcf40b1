/* SPDX-License-Identifier: Apache-2.0 */
/* Opens an image, detects its format and rejects a damaged file. The functions in image/reader.c
 * then read the content. */
#include "image/internal.h"

#include "util/error.h"
#include "image/paths.h"
#include "image/kind.h"
#include "image/stream.h"
#include "image/digest.h"
#include "image/spool.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Stores `path` as the path of the block map of the image if this file exists. A block map lists
 * the parts of an image that contain data.
 * Returns: 1 (the file exists), 0 (no such file) or -ENOMEM. */
static int image_try_bmap(void *ctx, const char *path)
{
	struct image *image = ctx;

	if (access(path, F_OK) < 0)
		return 0;
	image->bmap_path = strdup(path);
	return image->bmap_path ? 1 : -ENOMEM;
}

static int image_open_bmap(struct image *image, struct error *err)
{
	const struct image_config *config = &image->config;
	int r;

	if (config->no_bmap)
		return 0;
	if (config->bmap_path) {
		image->bmap_path = strdup(config->bmap_path);
		if (!image->bmap_path)
			return error_set(err, -ENOMEM, "out of memory while opening '%s'",
					 config->bmap_path);
	} else if (strcmp(config->path, "-") != 0) {
		r = image_bmap_names(config->path, image_try_bmap, image);
		if (r < 0)
			return error_set(err, r, "out of memory while opening %s",
					 image->file.name);
	}
	r = image->bmap_path ? bmap_read(&image->bmap, image->bmap_path, err) : 0;
	if (r < 0 || !image->bmap || !image->facts.bytes ||
	    image->facts.bytes == image->bmap->image_bytes)
		return r;
	return error_set(err, -EINVAL,
			 "the block map '%s' does not belong to %s: it is for an image of %llu "
			 "bytes, but the image has %llu; use the matching block map, or --no-bmap",
			 image->bmap_path, image->file.name,
			 (unsigned long long)image->bmap->image_bytes,
			 (unsigned long long)image->facts.bytes);
}

static int image_refuse(const struct image *image, const struct image_kind *kind, struct error *err)
{
	const char *name = image->file.name;

	if (image->facts.format == IMAGE_RAW)
		return error_set(
			err, -EINVAL,
			"%s is not a disk image but %s; %s, or write it as it is with --raw", name,
			kind->name, kind->remedy);
	return error_set(err, -EINVAL,
			 "the %s data in %s expands to %s, which is not a disk image; %s, or write "
			 "the file as it is with --raw",
			 image_format_name(image->facts.format), name, kind->name, kind->remedy);
}

/* Detects an image that was compressed twice, or an archive that contains a compressed image. */
static bool image_is_packed_again(const struct image *image, const unsigned char *head, size_t size,
				  struct image_kind *ret)
{
	enum image_format format = image_probe_format(head, size);

	if (image->facts.format == IMAGE_RAW || format == IMAGE_RAW)
		return false;
	return image_kind_set(
		ret, image_format_file(format),
		"expand the outer compression first, and give rpiboot the resulting file");
}

/* Rejects a file whose last 512 bytes show that it is not a disk image. */
static int image_look_at_tail(const struct image *image, struct error *err)
{
	const struct image_file *file = &image->file;
	unsigned char tail[IMAGE_KIND_TAIL_BYTES];
	struct image_kind kind;
	int r;

	if (!file->at_offsets || file->bytes < sizeof(tail))
		return 0;
	r = image_file_read_at(file, tail, sizeof(tail), file->bytes - sizeof(tail), err);
	if (r < 0)
		return r;
	return image_kind_of_tail(&kind, tail) ? image_refuse(image, &kind, err) : 0;
}

/* Decompresses the first bytes of an image and rejects content that is not a disk image. */
static int image_look(struct image *image, struct error *err)
{
	struct image_stream stream = {.facts = image->facts};
	cleanup_free unsigned char *head = malloc(IMAGE_KIND_ALL_BYTES);
	struct image_kind kind;
	size_t size = 0;
	ssize_t n;

	if (!head)
		return error_set(err, -ENOMEM, "out of memory while opening %s", image->file.name);
	image_cursor_init(&stream.cursor, &image->file);
	stream.cursor.keeper = &image->file;
	n = image_stream_read(&stream, head, IMAGE_KIND_HEAD_BYTES, 0, err);
	size = n > 0 ? (size_t)n : 0;
	if (size == IMAGE_KIND_HEAD_BYTES && !image_kind_is_disk(head, size)) {
		n = image_stream_read(&stream, head + size, IMAGE_KIND_ALL_BYTES - size, size, err);
		size += n > 0 ? (size_t)n : 0;
	}
	image_stream_done(&stream);
	if (n < 0 && n != -EFBIG)
		return (int)n;
	if (n < 0 || image_kind_is_disk(head, size))
		return 0;
	if (image_is_packed_again(image, head, size, &kind) || image_kind_of(&kind, head, size))
		return image_refuse(image, &kind, err);
	return 0;
}

static int image_find_facts(struct image *image, struct error *err)
{
	const struct image_file *file = &image->file;
	int r = 0;

	if (image->config.raw) {
		image->facts = (struct image_facts){IMAGE_RAW, file->bytes};
		return 0;
	}
	/* Some Apple disk images begin like a bzip2 file. Examine the end of the file for the mark
	 * of an Apple disk image before detecting the compression format. */
	if (!image_kind_is_disk(file->head, file->head_bytes))
		r = image_look_at_tail(image, err);
	if (r == 0)
		r = image_probe(file, &image->facts, err);
	return r < 0 ? r : image_look(image, err);
}

int image_new(struct image **ret, const struct image_config *config, struct error *err)
{
	struct image *image = calloc(1, sizeof(*image));
	int r;

	if (!image)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", config->path);
	pthread_mutex_init(&image->mutex, NULL);
	atomic_init(&image->owners, 1);
	image->config = *config;
	image->digest = digest_new(NULL);
	r = image_file_open(&image->file, config->path, config->wait, err);
	if (r == 0)
		r = image_find_facts(image, err);
	if (r == 0)
		r = image_open_bmap(image, err);
	if (r == 0 && !image->digest)
		r = error_set(err, -ENOMEM, "out of memory while opening '%s'", config->path);
	/* The opened image no longer needs the callback config->wait, which can end the wait of
	 * image_new() for the first bytes of a pipe. From now on, image_reader_cancel() ends a wait
	 * for bytes. */
	image->config.wait = image->file.wait = NULL;
	*ret = r < 0 ? image_free(image) : image;
	return r;
}

struct image *image_hold(struct image *image)
{
	atomic_fetch_add(&image->owners, 1);
	return image;
}

struct image *image_free(struct image *image)
{
	if (!image || atomic_fetch_sub(&image->owners, 1) > 1)
		return NULL;
	if (image->filler)
		image_reader_cancel(image->filler);
	spool_free(image->spool);
	bmap_free(image->bmap);
	free(image->bmap_path);
	digest_free(image->digest);
	image_file_close(&image->file);
	pthread_mutex_destroy(&image->mutex);
	free(image);
	return NULL;
}

const char *image_name(const struct image *image)
{
	return strcmp(image->config.path, "-") == 0 ? image->file.name : image->config.path;
}

uint64_t image_bytes(const struct image *image)
{
	return image->bmap ? image->bmap->image_bytes : image->facts.bytes;
}

uint64_t image_mapped_bytes(const struct image *image)
{
	return image->bmap ? image->bmap->mapped_bytes : image->facts.bytes;
}

bool image_fits_blocks(const struct image *image, uint32_t block_bytes)
{
	for (size_t i = 0; image->bmap && i < image->bmap->count; i++)
		if (image->bmap->ranges[i].offset % block_bytes != 0)
			return false;
	return true;
}

uint64_t image_ignored_bytes(struct image *image)
{
	uint64_t bytes;

	pthread_mutex_lock(&image->mutex);
	bytes = image->ignored_bytes;
	pthread_mutex_unlock(&image->mutex);
	return bytes;
}

struct digest *image_digest(struct image *image)
{
	return image->digest;
}
