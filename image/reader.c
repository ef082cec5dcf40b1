/* SPDX-License-Identifier: Apache-2.0 */
/* Reads those parts of an image that its block map lists. Readers for several boards share a
 * temporary file with the decompressed image (the spool). */
#include "image/internal.h"

#include "util/error.h"
#include "image/paths.h"
#include "image/stream.h"
#include "image/spool.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct image_reader {
	struct image *image;
	atomic_bool canceled;
	struct image_stream stream;
	struct spool *spool;	     /* the spool that is read, or NULL */
	struct image_reader *filler; /* the reader that fills the spool */
	/* The digest of the image range being read, computed so far. At the end of the range, the
	 * digest is compared with the checksum in the block map. The pointer is NULL if there are
	 * no checksums. */
	EVP_MD_CTX *digest;
	size_t range;	 /* index of the range being read */
	uint64_t offset; /* image offset of the next byte */
	bool ended;
	struct error err; /* code is 0 before the first error */
	/* Protects the byte counts `given` and `done`, because another thread reads them to show
	 * the progress. Some machines have no atomic numbers of 64 bits, so a mutex is
	 * necessary. */
	pthread_mutex_t mutex;
	/* `given` counts the bytes of the image that the caller has received.
	 * image_reader_progress() reports `done`, which counts bytes of the image file if there is
	 * no block map. Such a file may be compressed. */
	uint64_t given, done;
};

static void reader_look(struct image_reader *reader, uint64_t *ret_given, uint64_t *ret_done)
{
	pthread_mutex_lock(&reader->mutex);
	*ret_given = reader->given;
	*ret_done = reader->done;
	pthread_mutex_unlock(&reader->mutex);
}

/* Checks that the image file has not changed since it was opened. Otherwise some bytes of the image
 * would come from the old file and some from the new one.
 * Returns: 0 or -EIO. */
static int image_check_same(const struct image *image, const char *when, struct error *err)
{
	if (image_file_is_same(&image->file))
		return 0;
	return error_set(err, -EIO,
			 "the image %s changed %s, so its data is inconsistent; start again when "
			 "no other program writes to the image",
			 image->file.name, when);
}

/* Creates a reader that decompresses the image file. */
static int reader_new(struct image_reader **ret, struct image *image, struct error *err)
{
	struct image_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return error_set(err, -ENOMEM, "out of memory while reading %s", image->file.name);
	pthread_mutex_init(&reader->mutex, NULL);
	reader->image = image;
	reader->stream.facts = image->facts;
	image_cursor_init(&reader->stream.cursor, &image->file);
	reader->stream.cursor.canceled = &reader->canceled;
	*ret = reader;
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

/* Creates a temporary file with the decompressed image (the spool), and the reader that fills it,
 * if its directory has enough space. If the last spool failed, the next board gets a new one,
 * because the cause may be gone. For example, the image may be on a network that was down for a
 * while.
 * Returns: 0 (also without enough space for a spool) or a negative errno value. */
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

	if (!image->config.shared || !image->file.at_offsets || image->facts.format == IMAGE_RAW ||
	    image->no_room)
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

/* Fails if an earlier reader found damaged or unusable content in the image. The caller holds the
 * mutex of the image.
 * Returns: 0, -EIO (the image file has changed since then), or the error of the earlier reader. */
static int image_check_usable(const struct image *image, struct error *err)
{
	int r;

	if (image->unusable.code == 0)
		return 0;
	r = image_check_same(image, "since it was opened", err);
	return r < 0 ? r : error_copy(err, &image->unusable);
}

int image_reader_new(struct image_reader **ret, struct image *image, struct error *err)
{
	struct image_reader *reader = NULL;
	int r = reader_new(&reader, image, err);

	if (r < 0)
		return r;
	if (image->bmap && image->bmap->digest) {
		reader->digest = EVP_MD_CTX_new();
		if (!reader->digest)
			r = error_set(err, -ENOMEM, "out of memory while reading %s",
				      image->file.name);
	}
	pthread_mutex_lock(&image->mutex);
	if (r == 0 && image->taken)
		r = error_set(err, -EBUSY,
			      "%s can be read only once, so it can be written to only one board",
			      image->file.name);
	if (r == 0)
		r = image_check_usable(image, err);
	if (r == 0)
		r = image_start_spool(image, err);
	if (r == 0)
		image->taken = !image->file.at_offsets;
	if (r == 0 && image->spool)
		reader->stream.spool = spool_join(image->spool, &reader->canceled);
	if (reader->stream.spool) {
		reader->spool = image->spool;
		reader->filler = image->filler;
	}
	pthread_mutex_unlock(&image->mutex);
	if (r == 0 && !reader->spool)
		r = image_check_same(image, "since it was opened", err);
	*ret = r < 0 ? image_reader_free(reader) : reader;
	return r;
}

struct image_reader *image_reader_free(struct image_reader *reader)
{
	if (!reader)
		return NULL;
	image_stream_done(&reader->stream);
	EVP_MD_CTX_free(reader->digest);
	pthread_mutex_destroy(&reader->mutex);
	free(reader);
	return NULL;
}

/* Adds the bytes in buf to the digest of a range of the image. At the end of the range, compares
 * this digest with the checksum in the block map. */
static int reader_check(struct image_reader *reader, const struct bmap_range *range,
			const void *buf, size_t size, struct error *err)
{
	const struct image *image = reader->image;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_bytes = 0;

	if (!reader->digest || !range->checked)
		return 0;
	if ((reader->offset == range->offset &&
	     EVP_DigestInit_ex(reader->digest, image->bmap->digest, NULL) != 1) ||
	    EVP_DigestUpdate(reader->digest, buf, size) != 1 ||
	    (reader->offset + size == range->offset + range->bytes &&
	     EVP_DigestFinal_ex(reader->digest, digest, &digest_bytes) != 1))
		return error_set(err, -EIO,
				 "cannot compute the checksums of the block map '%s' on this "
				 "system; use --no-bmap",
				 image->bmap_path);
	if (memcmp(digest, range->digest, digest_bytes) == 0)
		return 0;
	return error_set(err, -EBADMSG,
			 "%s does not match its block map '%s': the checksum of the %llu bytes at "
			 "byte %llu differs; one of the two files is damaged or of another version",
			 image->file.name, image->bmap_path, (unsigned long long)range->bytes,
			 (unsigned long long)range->offset);
}

/* Checks that the image has the size that its block map (.bmap) states.
 * Returns: 0 or a negative errno value. */
static int reader_check_end(struct image_reader *reader, struct error *err)
{
	const struct image *image = reader->image;
	uint64_t bytes = image->bmap->image_bytes;
	char byte;
	ssize_t n = image_stream_read(&reader->stream, &byte, 1, bytes, err);

	if (n > 0)
		return error_set(err, -EBADMSG,
				 "%s is larger than the %llu bytes that its block map '%s' states; "
				 "fetch both files again",
				 image->file.name, (unsigned long long)bytes, image->bmap_path);
	/* If the image comes from a temporary file (the spool), its size was checked when the file
	 * was written. */
	if (n == 0 && !image_stream_uses_spool(&reader->stream) && reader->stream.at < bytes)
		return error_set(err, -EBADMSG,
				 "%s ends after %llu bytes, but has %llu bytes in its block map "
				 "'%s'; fetch both files again",
				 image->file.name, (unsigned long long)reader->stream.at,
				 (unsigned long long)bytes, image->bmap_path);
	return (int)n;
}

/* Reads the next bytes of the image, and skips the blocks that its block map does not list. */
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
		return error_set(err, -EBADMSG,
				 "%s ends before byte %llu, but its block map '%s' lists data up "
				 "to this byte; fetch both files again",
				 reader->image->file.name,
				 (unsigned long long)(reader->offset + size),
				 reader->image->bmap_path);
	r = reader_check(reader, range, buf, size, err);
	if (r < 0)
		return r;
	reader->range += size == left;
	return n;
}

/* Adds given_bytes to the number of image bytes that were delivered to a disk, and updates the
 * progress that image_reader_progress() reports. */
static void reader_note(struct image_reader *reader, size_t given_bytes)
{
	/* Only this function changes reader->given, so it may read the value without the mutex. */
	uint64_t given = reader->given + given_bytes, done = given;
	uint64_t filled, filler_done_bytes;

	if (!reader->image->bmap && image_stream_uses_spool(&reader->stream) && reader->filler) {
		/* This reader delivers data from the spool, a temporary file. Another reader,
		 * `filler`, decompresses the image file into the spool. The progress counts bytes
		 * of the compressed file, so estimate how many of them correspond to the delivered
		 * data. */
		reader_look(reader->filler, &filled, &filler_done_bytes);
		done = filled <= given ? filler_done_bytes
				       : (uint64_t)((double)filler_done_bytes * (double)given /
						    (double)filled);
	} else if (!reader->image->bmap) {
		done = reader->stream.layer->used_bytes;
	}
	pthread_mutex_lock(&reader->mutex);
	reader->given = given;
	if (done > reader->done)
		reader->done = done;
	pthread_mutex_unlock(&reader->mutex);
}

/* Checks whether the image file has changed since it was opened, after the last read of the image
 * returned n (0 or an error). A changed file makes the data useless, and may be the cause of the
 * error. Bytes from the spool are not checked here.
 * Returns: n, or -EIO (the file has changed). */
static ssize_t reader_check_same(const struct image_reader *reader, ssize_t n, struct error *err)
{
	if (n > 0 || n == -ECANCELED || image_stream_uses_spool(&reader->stream))
		return n;
	return image_check_same(reader->image, "while it was written", err) < 0 ? err->code : n;
}

/* Records that the reader has reached the end of the image, and the number of trailing bytes of the
 * image file that it has ignored. */
static void reader_note_end(struct image_reader *reader)
{
	uint64_t ignored = reader->stream.layer->ignored_bytes;

	reader->ended = true;
	if (!ignored)
		return;
	pthread_mutex_lock(&reader->image->mutex);
	reader->image->ignored_bytes = ignored;
	pthread_mutex_unlock(&reader->image->mutex);
}

/* Keeps the error that ended the reader. If the content of the image is the cause, the error also
 * ends the creation of readers, because they would fail in the same way. */
static void reader_fail(struct image_reader *reader, const struct error *err)
{
	struct image *image = reader->image;

	reader->err = *err;
	if (err->code != -EBADMSG && err->code != -EINVAL)
		return;
	pthread_mutex_lock(&image->mutex);
	if (image->unusable.code == 0)
		image->unusable = *err;
	pthread_mutex_unlock(&image->mutex);
}

ssize_t image_reader_next(struct image_reader *reader, void *buf, size_t size, uint64_t *ret_offset,
			  struct error *err)
{
	struct error own = {0};
	ssize_t n = 0;

	if (reader->err.code == 0 && atomic_load(&reader->canceled))
		error_set(&reader->err, -ECANCELED, "reading %s was canceled",
			  reader->image->file.name);
	if (reader->err.code == 0 && !reader->ended) {
		n = reader->image->bmap
			    ? reader_next_mapped(reader, buf, size, &own)
			    : image_stream_read(&reader->stream, buf, size, reader->offset, &own);
		n = reader_check_same(reader, n, &own);
		if (n < 0)
			reader_fail(reader, &own);
	}
	if (reader->err.code < 0)
		return error_copy(err, &reader->err);
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
	const struct image *image = reader->image;
	uint64_t given;

	reader_look(reader, &given, ret_done);
	*ret_total = image->bmap ? image->bmap->mapped_bytes : image->file.bytes;
}

uint64_t image_reader_estimate(struct image_reader *reader)
{
	const struct image *image = reader->image;
	uint64_t total = image->bmap ? image->bmap->mapped_bytes : image->file.bytes, given, done;

	reader_look(reader, &given, &done);
	if (done == 0 || total == 0)
		return 0;
	return done >= total ? given : (uint64_t)((double)given / (double)done * (double)total);
}
