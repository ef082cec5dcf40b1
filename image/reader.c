/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over an image that follow its block map, and the spool that they may have in common. */
#include "image/internal.h"

#include "util/error.h"
#include "image/paths.h"
#include "image/stream.h"
#include "image/spool.h"
#include "util/util.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct image_reader {
	struct image *image;
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
	pthread_mutex_t mutex; /* of what follows: not every machine has atomic numbers so large */
	uint64_t given, done;  /* bytes given; what progress() says */
};

static void reader_look(struct image_reader *reader, uint64_t *ret_given, uint64_t *ret_done)
{
	pthread_mutex_lock(&reader->mutex);
	*ret_given = reader->given;
	*ret_done = reader->done;
	pthread_mutex_unlock(&reader->mutex);
}

/* Is the file still what was opened, and what the sum is of? 0 or -EIO. */
static int image_check_same(const struct image *image, const char *when, struct error *err)
{
	if (image_source_is_same(&image->source))
		return 0;
	return error_set(err, -EIO,
			 "the image %s changed %s: what was read of it before and afterwards is "
			 "not one image; start again when nobody writes it",
			 image->source.said, when);
}

static void reader_free_ptr(struct image_reader **reader)
{
	*reader = image_reader_free(*reader);
}

/* A reader that expands for itself. */
static int reader_new(struct image_reader **ret, struct image *image, struct error *err)
{
	cleanup(reader_free_ptr) struct image_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return error_set(err, -ENOMEM, "out of memory while reading %s",
				 image->source.said);
	pthread_mutex_init(&reader->mutex, NULL);
	reader->image = image;
	reader->stream.facts = image->facts;
	reader->stream.input.source = &image->source;
	reader->stream.input.canceled = &reader->canceled;
	reader->total = image->bmap ? image->bmap->mapped_bytes : image->source.bytes;
	*ret = take_ptr(reader);
	return 0;
}

static ssize_t filler_next(void *reader, void *buf, size_t size, uint64_t *ret_offset,
			   struct error *err)
{
	return image_reader_next(reader, buf, size, ret_offset, err);
}

static void filler_done(void *reader)
{
	image_reader_free(reader);
}

/* A spool with its filler, if there is room for them. One that failed is no reason to refuse the
 * next board: its image may have come over a network that was away. */
static int image_start_spool(struct image *image, struct error *err)
{
	struct spool_config config = {
		.dir = image_spool_dir(&image->config),
		.need_bytes = image_mapped_bytes(image),
		.next = filler_next,
		.done = filler_done,
	};
	struct image_reader *filler = NULL;
	int failed = image->spool ? spool_failed(image->spool) : 0, r;

	if (!image->config.shared || !image->source.at_offsets ||
	    image->facts.format == IMAGE_RAW || image->no_room)
		return 0;
	if (image->spool && !failed)
		return 0;
	image->filler = NULL;
	image->spool = spool_free(image->spool);
	image->no_room = failed == -ENOSPC;
	if (image->no_room)
		return 0;
	r = image_check_same(image, "since it was opened", err);
	if (r == 0)
		r = reader_new(&filler, image, err);
	if (r < 0)
		return r;
	config.ctx = filler;
	r = spool_new(&image->spool, &config, err);
	if (r == 0)
		image->filler = filler;
	else
		image_reader_free(filler);
	image->no_room = r == -ENOSPC;
	return r == -ENOSPC ? 0 : r;
}

int image_reader_new(struct image_reader **ret, struct image *image, struct error *err)
{
	cleanup(reader_free_ptr) struct image_reader *reader = NULL;
	int r = reader_new(&reader, image, err);

	if (r < 0)
		return r;
	if (image->bmap && image->bmap->digest) {
		reader->digest_type = image->bmap->digest;
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
	if (r == 0 && image->spool && spool_join(image->spool)) {
		reader->spool = image->spool;
		reader->filler = image->filler;
	}
	pthread_mutex_unlock(&image->mutex);
	reader->stream.spool = reader->spool;
	if (r == 0 && !reader->spool)
		r = image_check_same(image, "since it was opened", err);
	if (r == 0)
		*ret = take_ptr(reader);
	return r;
}

struct image_reader *image_reader_free(struct image_reader *reader)
{
	if (!reader)
		return NULL;
	image_stream_done(&reader->stream);
	spool_free(reader->spool);
	EVP_MD_CTX_free(reader->digest);
	pthread_mutex_destroy(&reader->mutex);
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

	if (!reader->digest || !range->checked)
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
static void reader_note(struct image_reader *reader, size_t given_bytes)
{
	uint64_t given = reader->given + given_bytes, done = given; /* only changed here */
	uint64_t filled, filler_done_bytes;

	if (!reader->image->bmap && reader->stream.spool && reader->filler) {
		/* As far as the filler was when it gave these bytes, more or less. */
		reader_look(reader->filler, &filled, &filler_done_bytes);
		done = filled <= given ? filler_done_bytes
				       : (uint64_t)((double)filler_done_bytes * (double)given /
						    (double)filled);
	} else if (!reader->image->bmap) {
		done = image_stream_consumed(&reader->stream);
	}
	pthread_mutex_lock(&reader->mutex);
	reader->given = given;
	if (done > reader->done)
		reader->done = done;
	pthread_mutex_unlock(&reader->mutex);
}

/* What was read from the file itself is worth nothing if that was changed meanwhile, whatever else
 * may be wrong with it then. Like image_reader_next(). */
static ssize_t reader_check_same(const struct image_reader *reader, ssize_t n, struct error *err)
{
	if (n > 0 || n == -ECANCELED || reader->stream.spool)
		return n;
	return image_check_same(reader->image, "while it was written", err) < 0 ? err->code : n;
}

/* At the end of a sound image. */
static void reader_note_end(struct image_reader *reader)
{
	uint64_t ignored = image_stream_ignored(&reader->stream);

	reader->ended = true;
	if (!ignored)
		return;
	pthread_mutex_lock(&reader->image->mutex);
	reader->image->ignored_bytes = ignored;
	pthread_mutex_unlock(&reader->image->mutex);
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
		n = reader_check_same(reader, n, &own);
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
	if (n == 0)
		reader_note_end(reader);
	reader_note(reader, (size_t)n);
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
	uint64_t given;

	reader_look(reader, &given, ret_done);
	*ret_total = reader->total;
}
