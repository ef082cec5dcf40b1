/* SPDX-License-Identifier: Apache-2.0 */
/* The image, and passes over it that follow its block map. */
#include "flash/image.h"

#include "error.h"
#include "flash/bmap.h"
#include "flash/image_files.h"
#include "flash/image_probe.h"
#include "flash/image_source.h"
#include "flash/image_stream.h"
#include "flash/prefix.h"
#include "flash/spool.h"
#include "util.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define IMAGE_TRY_BYTES 512 /* expanded to see whether it can be */

struct image {
	struct image_config config;
	struct image_source source;
	struct image_facts facts;
	struct bmap *bmap; /* NULL: all of the image is read */
	char *bmap_path;
	struct prefix *sum;
	pthread_mutex_t mutex; /* of what follows */
	unsigned int owners;
	bool taken; /* a pipe, by its only reader */
	bool spool_tried;
	struct spool *spool;
	struct image_reader *filler; /* fills the spool, in its thread */
};

struct image_reader {
	const struct image *image;
	atomic_bool canceled;
	struct image_stream stream;
	struct spool *spool;	     /* the stream's, also when it has given it up */
	struct image_reader *filler; /* the spool's */
	EVP_MD_CTX *digest;	     /* of the range; NULL: ranges are not checked */
	const EVP_MD *digest_type;
	size_t range;	 /* the one that is read */
	uint64_t offset; /* of the next byte, in the image */
	bool ended;
	struct error err; /* code 0: none yet */
	uint64_t total;
	atomic_ullong given, done; /* bytes given; what progress() says */
};

static ssize_t reader_fill(void *reader, void *buf, size_t size, uint64_t *ret_offset,
			   struct error *err)
{
	return image_reader_next(reader, buf, size, ret_offset, err);
}

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
	image_reader_free(image->filler);
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

static const EVP_MD *bmap_digest_type(enum bmap_digest digest)
{
	switch (digest) {
	case BMAP_DIGEST_NONE:
		return NULL;
	case BMAP_DIGEST_SHA1:
		return EVP_sha1();
	case BMAP_DIGEST_SHA256:
		return EVP_sha256();
	case BMAP_DIGEST_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

static void reader_free_ptr(struct image_reader **reader)
{
	*reader = image_reader_free(*reader);
}

/* A reader that expands for itself. */
static int reader_new(struct image_reader **ret, const struct image *image, struct error *err)
{
	cleanup(reader_free_ptr) struct image_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return error_set(err, -ENOMEM, "out of memory while reading %s",
				 image->source.said);
	reader->image = image;
	reader->stream.facts = image->facts;
	reader->stream.input.source = &image->source;
	reader->stream.input.canceled = &reader->canceled;
	reader->total = image->bmap ? image->bmap->mapped_bytes : image->source.bytes;
	*ret = take_ptr(reader);
	return 0;
}

/* Once: the spool with its filler, if there is room for them. */
static int image_start_spool(struct image *image, struct error *err)
{
	struct spool_config config = {
		.dir = image_spool_dir(&image->config),
		.need_bytes = image_mapped_bytes(image),
		.next = reader_fill,
	};
	int r;

	if (!image->config.shared || !image->source.at_offsets ||
	    image->facts.format == IMAGE_RAW || image->spool_tried)
		return 0;
	r = reader_new(&image->filler, image, err);
	if (r < 0)
		return r;
	config.ctx = image->filler;
	r = spool_new(&image->spool, &config, err);
	image->spool_tried = r == 0 || r == -ENOSPC;
	if (r < 0)
		image->filler = image_reader_free(image->filler);
	return r == -ENOSPC ? 0 : r;
}

int image_reader_new(struct image_reader **ret, struct image *image, struct error *err)
{
	cleanup(reader_free_ptr) struct image_reader *reader = NULL;
	int r = reader_new(&reader, image, err);

	if (r < 0)
		return r;
	if (image->bmap && image->bmap->digest != BMAP_DIGEST_NONE) {
		reader->digest_type = bmap_digest_type(image->bmap->digest);
		reader->digest = EVP_MD_CTX_new();
		if (!reader->digest)
			return error_set(err, -ENOMEM, "out of memory while reading %s",
					 image->source.said);
	}
	pthread_mutex_lock(&image->mutex);
	if (image->taken)
		r = error_set(err, -EBUSY, "%s can be read once only, so for one board",
			      image->source.said);
	else
		r = image_start_spool(image, err);
	if (r == 0)
		image->taken = !image->source.at_offsets;
	reader->spool = image->spool;
	reader->filler = image->filler;
	pthread_mutex_unlock(&image->mutex);
	reader->stream.spool = reader->spool;
	if (r == 0)
		*ret = take_ptr(reader);
	return r;
}

struct image_reader *image_reader_free(struct image_reader *reader)
{
	if (!reader)
		return NULL;
	image_stream_done(&reader->stream);
	EVP_MD_CTX_free(reader->digest);
	free(reader);
	return NULL;
}

/* The digest of the range that is read: begin, add, compare. */
static int reader_check(struct image_reader *reader, const struct bmap_range *range,
			const void *buf, size_t size, struct error *err)
{
	const struct image *image = reader->image;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_bytes = 0;

	if (!reader->digest)
		return 0;
	if ((reader->offset == range->offset &&
	     EVP_DigestInit_ex(reader->digest, reader->digest_type, NULL) != 1) ||
	    EVP_DigestUpdate(reader->digest, buf, size) != 1 ||
	    (reader->offset + size == range->offset + range->bytes &&
	     EVP_DigestFinal_ex(reader->digest, digest, &digest_bytes) != 1))
		return error_set(err, -EIO, "the checksums of '%s' cannot be computed here",
				 image->bmap_path);
	if (memcmp(digest, range->digest, digest_bytes) == 0)
		return 0;
	return error_set(err, -EBADMSG,
			 "%s is not what its block map '%s' says: the checksum of the %llu bytes "
			 "at byte %llu is another one: one of the two files is damaged or of "
			 "another version",
			 image->source.said, image->bmap_path, (unsigned long long)range->bytes,
			 (unsigned long long)range->offset);
}

/* Behind the last range: does the image end where its map does? 0 or -Exxx. */
static int reader_check_end(struct image_reader *reader, struct error *err)
{
	const struct image *image = reader->image;
	uint64_t bytes = image->bmap->image_bytes;
	char byte;
	ssize_t n = image_stream_read(&reader->stream, &byte, 1, bytes, err);

	if (n > 0)
		return error_set(err, -EBADMSG,
				 "%s goes on after the %llu bytes that its block map '%s' is for",
				 image->source.said, (unsigned long long)bytes, image->bmap_path);
	/* What comes from the spool has been looked at by who fills it. */
	if (n == 0 && !reader->stream.spool && reader->stream.at < bytes)
		return error_set(err, -EBADMSG,
				 "%s ends after %llu bytes, before the %llu that its block map "
				 "'%s' is for",
				 image->source.said, (unsigned long long)reader->stream.at,
				 (unsigned long long)bytes, image->bmap_path);
	return (int)n;
}

/* Like image_reader_next(), with a map. */
static ssize_t reader_next_mapped(struct image_reader *reader, void *buf, size_t size,
				  struct error *err)
{
	const struct bmap *bmap = reader->image->bmap;
	const struct bmap_range *range = &bmap->ranges[reader->range];
	uint64_t left;
	ssize_t n;
	int r;

	if (reader->range == bmap->count)
		return reader_check_end(reader, err);
	if (reader->offset < range->offset)
		reader->offset = range->offset;
	left = range->offset + range->bytes - reader->offset;
	if (size > left)
		size = (size_t)left;
	n = image_stream_read(&reader->stream, buf, size, reader->offset, err);
	if (n < 0)
		return n;
	if ((size_t)n < size)
		return error_set(
			err, -EBADMSG, "%s ends before byte %llu, where its block map '%s' goes on",
			reader->image->source.said, (unsigned long long)(reader->offset + size),
			reader->image->bmap_path);
	r = reader_check(reader, range, buf, size, err);
	if (r < 0)
		return r;
	reader->range += size == left;
	return n;
}

/* What was given is so far of the input. */
static void reader_note_progress(struct image_reader *reader)
{
	uint64_t done = atomic_load(&reader->given), filled;

	if (!reader->image->bmap && reader->stream.spool && reader->filler) {
		/* As far as the filler was when it gave these bytes, more or less. */
		filled = atomic_load(&reader->filler->given);
		done = filled <= done ? atomic_load(&reader->filler->done)
				      : (uint64_t)((double)atomic_load(&reader->filler->done) *
						   (double)done / (double)filled);
	} else if (!reader->image->bmap) {
		done = image_stream_consumed(&reader->stream);
	}
	if (done > atomic_load(&reader->done))
		atomic_store(&reader->done, done);
}

ssize_t image_reader_next(struct image_reader *reader, void *buf, size_t size, uint64_t *ret_offset,
			  struct error *err)
{
	struct error own = {0};
	ssize_t n = 0;

	if (reader->err.code == 0 && atomic_load(&reader->canceled))
		error_set(&reader->err, -ECANCELED, "reading %s was canceled",
			  reader->image->source.said);
	if (reader->err.code == 0 && !reader->ended) {
		n = reader->image->bmap
			    ? reader_next_mapped(reader, buf, size, &own)
			    : image_stream_read(&reader->stream, buf, size, reader->offset, &own);
		if (n < 0)
			reader->err = own;
	}
	if (reader->err.code < 0) {
		if (err)
			*err = reader->err;
		return reader->err.code;
	}
	*ret_offset = reader->offset;
	reader->offset += (uint64_t)n;
	reader->ended = n == 0;
	atomic_fetch_add(&reader->given, (uint64_t)n);
	reader_note_progress(reader);
	return n;
}

void image_reader_cancel(struct image_reader *reader)
{
	atomic_store(&reader->canceled, true);
	if (reader->spool)
		spool_wake(reader->spool);
}

void image_reader_progress(struct image_reader *reader, uint64_t *ret_done, uint64_t *ret_total)
{
	*ret_done = atomic_load(&reader->done);
	*ret_total = reader->total;
}
