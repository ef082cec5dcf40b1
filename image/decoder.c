/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses images with libarchive, zlib and libzstd. libarchive gets exactly one filter and
 * does not guess formats. The result is the image, even if it looks compressed again. libarchive
 * verifies the checksums of xz, bzip2 and zip. This file checks two more things. A bzip2 file
 * must not have trailing data, and a zip file that comes through a pipe must end with its
 * directory. */
#include "image/decoder.h"

#include "util/error.h"
#include "image/gzip.h"
#include "image/file.h"
#include "image/zstd.h"
#include "util/text.h"
#include "util/util.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct image_expand {
	enum image_format format;
	struct image_input input;
	/* The error of reading the file. If the code is 0, the data was wrong. */
	struct error input_err;
	struct image_gzip *gzip;
	struct image_zstd *zstd;
	struct archive *archive;
	bool input_ended, in_entry, ended;
	uint64_t consumed;
	char buf[256 * 1024];
	/* The last bytes of a zip file that comes through a pipe. */
	unsigned char *tail;
	size_t tail_bytes;
};

/* Appends the bytes in buf to tail. tail keeps only the last IMAGE_ZIP_TAIL_BYTES bytes. */
static void expand_keep_tail(struct image_expand *expand, size_t size)
{
	const char *bytes = expand->buf;
	size_t keep;

	if (size > IMAGE_ZIP_TAIL_BYTES) {
		bytes += size - IMAGE_ZIP_TAIL_BYTES;
		size = IMAGE_ZIP_TAIL_BYTES;
	}
	keep = IMAGE_ZIP_TAIL_BYTES - size;
	keep = keep < expand->tail_bytes ? keep : expand->tail_bytes;
	memmove(expand->tail, expand->tail + expand->tail_bytes - keep, keep);
	memcpy(expand->tail + keep, bytes, size);
	expand->tail_bytes = keep + size;
}

static ssize_t expand_fill(struct image_expand *expand)
{
	ssize_t n = image_input_read(&expand->input, expand->buf, sizeof(expand->buf),
				     &expand->input_err);

	expand->input_ended = n == 0;
	if (n > 0 && expand->tail)
		expand_keep_tail(expand, (size_t)n);
	return n;
}

static la_ssize_t expand_on_read(struct archive *archive, void *ctx, const void **ret_buf)
{
	struct image_expand *expand = ctx;
	ssize_t n = expand_fill(expand);

	*ret_buf = expand->buf;
	if (n < 0)
		archive_set_error(archive, (int)-n, "cannot be read");
	return n < 0 ? ARCHIVE_FATAL : n;
}

static la_int64_t expand_on_seek(struct archive *archive, void *ctx, la_int64_t request, int whence)
{
	struct image_expand *expand = ctx;
	uint64_t bytes = expand->input.source->bytes, base = 0;

	if (whence == SEEK_CUR)
		base = expand->input.offset;
	else if (whence == SEEK_END)
		base = bytes;
	if (request < 0 ? (uint64_t)-request > base : (uint64_t)request > bytes - base) {
		archive_set_error(archive, EINVAL, "points outside of the file");
		return ARCHIVE_FATAL;
	}
	expand->input.offset = base + (uint64_t)request;
	return (la_int64_t)expand->input.offset;
}

/* Extracts the compression method from libarchive's name of the format, such as "ZIP 2.0
 * (deflation-64-bit)". */
static void expand_zip_method(struct archive *archive, char *ret, size_t size)
{
	const char *name = archive_format_name(archive);
	const char *method = name ? strrchr(name, '(') : NULL;
	char text[64];

	snprintf(text, sizeof(text), "%s", method ? method + 1 : "unknown");
	text[strcspn(text, ")")] = '\0';
	text_printable(strcmp(text, "deflation-64-bit") == 0 ? "deflate64" : text, ret, size);
}

/* Detects data that is undamaged, but that this version of libarchive cannot decompress. Only
 * the text of the error shows this, because libarchive uses the same error codes for damage. */
static bool expand_is_unsupported(struct image_expand *expand, char *ret, size_t size)
{
	const char *reason = archive_error_string(expand->archive);

	if (expand->format == IMAGE_ZIP && reason && strstr(reason, "Unsupported")) {
		expand_zip_method(expand->archive, ret, size);
		return true;
	}
	/* liblzma uses the word "options" for filters. */
	snprintf(ret, size, "an unknown xz filter");
	return expand->format == IMAGE_XZ && reason && strstr(reason, "Invalid options");
}

/* Converts libarchive's error to a negative errno value with a message. */
static int expand_failed(struct image_expand *expand, struct error *err)
{
	const struct image_input *input = &expand->input;
	const char *reason = archive_error_string(expand->archive);
	la_int64_t at = archive_filter_bytes(expand->archive, -1);
	char text[256];

	if (expand->input_err.code < 0) {
		if (err)
			*err = expand->input_err;
		return expand->input_err.code;
	}
	if (archive_errno(expand->archive) == ENOMEM)
		return error_set(err, -ENOMEM, "out of memory while expanding %s",
				 input->source->said);
	if (expand_is_unsupported(expand, text, sizeof(text)))
		return error_set(err, -EINVAL,
				 "%s is compressed by a method that rpiboot cannot expand (%s): "
				 "expand it first",
				 input->source->said, text);
	text_printable(reason ? reason : "unknown damage", text, sizeof(text));
	if (expand->input_ended)
		return error_set(err, -EBADMSG,
				 "%s is cut off or damaged: its %s data goes wrong at its end, "
				 "byte %llu (%s): fetch it again",
				 input->source->said, image_format_name(expand->format),
				 (unsigned long long)input->offset, text);
	return error_set(err, -EBADMSG,
			 "%s is damaged before byte %llu of its %s data (%s): fetch it again",
			 input->source->said, (unsigned long long)(at > 0 ? at : 0),
			 image_format_name(expand->format), text);
}

static int expand_set_format(struct image_expand *expand)
{
	struct archive *archive = expand->archive;

	switch (expand->format) {
	case IMAGE_XZ:
		return archive_read_append_filter(archive, ARCHIVE_FILTER_XZ);
	case IMAGE_BZIP2:
		return archive_read_append_filter(archive, ARCHIVE_FILTER_BZIP2);
	case IMAGE_ZIP:
		return expand->input.source->at_offsets
			       ? archive_read_support_format_zip_seekable(archive)
			       : archive_read_support_format_zip_streamable(archive);
	case IMAGE_RAW:
	case IMAGE_GZIP:
	case IMAGE_ZSTD:
		break;
	}
	return ARCHIVE_FATAL;
}

/* Selects the raw format. With other formats enabled, libarchive would guess the format and hide
 * the error of a failed filter. libarchive 3.4 fails to set the raw format. There, the format is
 * guessed between raw and empty. */
static int expand_set_raw(struct archive *archive)
{
	if (archive_read_set_format(archive, ARCHIVE_FORMAT_RAW) == ARCHIVE_OK)
		return ARCHIVE_OK;
	archive_clear_error(archive);
	if (archive_read_support_format_raw(archive) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return archive_read_support_format_empty(archive);
}

static int expand_open(struct image_expand *expand, struct error *err)
{
	struct archive *archive = expand->archive;

	/* ARCHIVE_WARN means that libarchive would run another program to decompress the data. */
	if (expand_set_format(expand) != ARCHIVE_OK)
		return error_set(err, -EOPNOTSUPP,
				 "%s cannot be expanded: the libarchive here was built without %s",
				 expand->input.source->said, image_format_name(expand->format));
	if (expand->format != IMAGE_ZIP && expand_set_raw(archive) != ARCHIVE_OK)
		return expand_failed(expand, err);
	archive_read_set_callback_data(archive, expand);
	archive_read_set_read_callback(archive, expand_on_read);
	if (expand->input.source->at_offsets && expand->format == IMAGE_ZIP)
		archive_read_set_seek_callback(archive, expand_on_seek);
	/* If libarchive guesses the format, a failed filter looks like an empty file, but an error
	 * code is set. */
	if (archive_read_open1(archive) != ARCHIVE_OK ||
	    (expand->format != IMAGE_ZIP && archive_errno(archive) != 0))
		return expand_failed(expand, err);
	return 0;
}

struct image_expand *image_expand_free(struct image_expand *expand)
{
	if (!expand)
		return NULL;
	image_gzip_free(expand->gzip);
	image_zstd_free(expand->zstd);
	if (expand->archive)
		archive_read_free(expand->archive);
	free(expand->tail);
	free(expand);
	return NULL;
}

static void expand_free_ptr(struct image_expand **expand)
{
	*expand = image_expand_free(*expand);
}

static int expand_init(struct image_expand *expand, struct error *err)
{
	const struct image_source *source = expand->input.source;
	bool wants_tail = expand->format == IMAGE_ZIP && !source->at_offsets;

	if (expand->format == IMAGE_GZIP)
		return image_gzip_new(&expand->gzip, &expand->input, err);
	if (expand->format == IMAGE_ZSTD)
		return image_zstd_new(&expand->zstd, &expand->input, err);
	expand->archive = archive_read_new();
	if (wants_tail)
		expand->tail = malloc(IMAGE_ZIP_TAIL_BYTES);
	if (!expand->archive || (wants_tail && !expand->tail))
		return error_set(err, -ENOMEM, "out of memory while opening %s", source->said);
	return 0;
}

int image_expand_new(struct image_expand **ret, enum image_format format,
		     const struct image_input *input, struct error *err)
{
	cleanup(expand_free_ptr) struct image_expand *expand = calloc(1, sizeof(*expand));
	int r;

	if (!expand)
		return error_set(err, -ENOMEM, "out of memory while opening %s",
				 input->source->said);
	expand->format = format;
	expand->input = *input;
	r = expand_init(expand, err);
	if (r == 0)
		*ret = take_ptr(expand);
	return r;
}

/* Reads the next header of a zip entry that is not a directory. Other formats have exactly one
 * entry.
 * Returns: 1, 0 (no more entries) or a negative errno value. */
static int expand_next_entry(struct image_expand *expand, struct archive_entry **ret,
			     struct error *err)
{
	int r;

	do
		r = archive_read_next_header(expand->archive, ret);
	/* ARCHIVE_WARN means that the name is in another character set. */
	while ((r == ARCHIVE_OK || r == ARCHIVE_WARN) && archive_entry_filetype(*ret) == AE_IFDIR);
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
		return 1;
	return r == ARCHIVE_EOF ? 0 : expand_failed(expand, err);
}

/* Opens the archive and reads up to the first byte of the image. */
static int expand_start(struct image_expand *expand, struct error *err)
{
	const char *said = expand->input.source->said;
	struct archive_entry *entry;
	int r = expand_open(expand, err);

	if (r == 0)
		r = expand_next_entry(expand, &entry, err);
	if (r == 0 && expand->format == IMAGE_ZIP)
		return error_set(err, -EINVAL, "%s holds no file, so no image", said);
	/* libarchive 3.4 reports an empty image here. Later versions report it in the first
	 * read. */
	if (r == 0)
		return error_set(err, -EBADMSG, "%s holds no image: it expands to nothing", said);
	if (r < 0)
		return r;
	if (expand->format == IMAGE_ZIP && archive_entry_is_encrypted(entry))
		return error_set(err, -EINVAL,
				 "%s cannot be expanded: what is in it is encrypted; expand it "
				 "first",
				 said);
	if (expand->format == IMAGE_ZIP && archive_entry_filetype(entry) == AE_IFLNK)
		return error_set(err, -EINVAL, "%s holds no image: it has a symbolic link only",
				 said);
	expand->in_entry = true;
	return 0;
}

/* Checks the rest of a zip file after the image. Only directories and the list of entries may
 * follow. */
static int expand_end_zip(struct image_expand *expand, struct error *err)
{
	const struct image_source *source = expand->input.source;
	struct archive_entry *entry;
	ssize_t n;
	int r = expand_next_entry(expand, &entry, err);

	if (r > 0)
		return error_set(err, -EINVAL,
				 "%s holds several files: an image must be the only one",
				 source->said);
	if (r < 0 || source->at_offsets)
		/* image_probe_zip() has already checked the end of a file. */
		return r;
	while ((n = expand_fill(expand)) > 0)
		;
	if (n < 0) {
		if (err)
			*err = expand->input_err;
		return (int)n;
	}
	return image_probe_zip_tail(source->said, expand->tail, expand->tail_bytes,
				    expand->input.offset, err);
}

/* Checks the file after the last compressed stream. libarchive stops at bytes that do not begin
 * another stream, so this function rejects trailing data. */
static int expand_end(struct image_expand *expand, struct error *err)
{
	uint64_t end = (uint64_t)archive_filter_bytes(expand->archive, -1);
	ssize_t n;

	if (expand->format == IMAGE_ZIP)
		return expand_end_zip(expand, err);
	n = end < expand->input.offset ? 1 : expand_fill(expand);
	if (n < 0 && err)
		*err = expand->input_err;
	if (n > 0)
		return error_set(err, -EBADMSG,
				 "%s has something behind the end of its %s data, at byte %llu: "
				 "fetch it again",
				 expand->input.source->said, image_format_name(expand->format),
				 (unsigned long long)end);
	return (int)n;
}

ssize_t image_expand_read(struct image_expand *expand, void *buf, size_t size, struct error *err)
{
	la_ssize_t n;
	int r;

	if (expand->gzip)
		return image_gzip_read(expand->gzip, buf, size, err);
	if (expand->zstd)
		return image_zstd_read(expand->zstd, buf, size, err);
	if (expand->ended)
		return 0;
	if (!expand->in_entry) {
		r = expand_start(expand, err);
		if (r < 0)
			return r;
	}
	n = archive_read_data(expand->archive, buf, size);
	if (n < 0)
		return expand_failed(expand, err);
	expand->consumed = (uint64_t)archive_filter_bytes(expand->archive, -1);
	if (n > 0)
		return n;
	r = expand_end(expand, err);
	if (r < 0)
		return r;
	expand->consumed = expand->input.offset;
	if (expand->input.source->at_offsets)
		expand->consumed = expand->input.source->bytes;
	expand->ended = true;
	return 0;
}

uint64_t image_expand_consumed(const struct image_expand *expand)
{
	if (expand->zstd)
		return image_zstd_consumed(expand->zstd);
	return expand->gzip ? image_gzip_consumed(expand->gzip) : expand->consumed;
}

uint64_t image_expand_ignored(const struct image_expand *expand)
{
	return expand->gzip ? image_gzip_ignored(expand->gzip) : 0;
}
