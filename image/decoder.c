/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses xz, bzip2 and zip files with libarchive, which verifies their checksums. libarchive
 * gets exactly one filter and does not guess formats. The result is the image, even if it looks
 * compressed again. Two checks are made here in addition. A bzip2 file must not have trailing data,
 * and a zip file that comes through a pipe must end with its directory. */
#include "image/decoder.h"

#include "util/error.h"
#include "image/file.h"
#include "util/text.h"
#include "util/util.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct decoder {
	struct image_layer layer; /* must be first */
	enum image_format format;
	struct image_cursor cursor;
	/* The error of a failed read of the compressed file. */
	struct error cursor_err;
	struct archive *archive;
	bool file_ended, in_entry, ended;
	char buf[256 * 1024];
	/* The last bytes of a zip file that comes through a pipe. They contain the directory of the
	 * zip file, which decoder_end_zip() checks. */
	unsigned char *tail;
	size_t tail_bytes;
};

/* Keeps a copy of the last IMAGE_ZIP_TAIL_BYTES bytes of a zip file that comes through a pipe.
 * Appends the `size` newly read bytes to the copy, and drops its oldest bytes if it becomes too
 * long. */
static void decoder_keep_tail(struct decoder *decoder, size_t size)
{
	const char *bytes = decoder->buf;
	size_t keep;

	if (size > IMAGE_ZIP_TAIL_BYTES) {
		bytes += size - IMAGE_ZIP_TAIL_BYTES;
		size = IMAGE_ZIP_TAIL_BYTES;
	}
	keep = IMAGE_ZIP_TAIL_BYTES - size;
	keep = keep < decoder->tail_bytes ? keep : decoder->tail_bytes;
	memmove(decoder->tail, decoder->tail + decoder->tail_bytes - keep, keep);
	memcpy(decoder->tail + keep, bytes, size);
	decoder->tail_bytes = keep + size;
}

static ssize_t decoder_fill(struct decoder *decoder)
{
	ssize_t n = image_layer_read(&decoder->cursor.layer, decoder->buf, sizeof(decoder->buf),
				     &decoder->cursor_err);

	decoder->file_ended = n == 0;
	if (n > 0 && decoder->tail)
		decoder_keep_tail(decoder, (size_t)n);
	return n;
}

static la_ssize_t decoder_on_read(struct archive *archive, void *ctx, const void **ret_buf)
{
	struct decoder *decoder = ctx;
	ssize_t n = decoder_fill(decoder);

	*ret_buf = decoder->buf;
	if (n < 0)
		archive_set_error(archive, (int)-n, "cannot be read");
	return n < 0 ? ARCHIVE_FATAL : n;
}

static la_int64_t decoder_on_seek(struct archive *archive, void *ctx, la_int64_t request,
				  int whence)
{
	struct decoder *decoder = ctx;
	uint64_t bytes = decoder->cursor.file->bytes, base = 0;

	if (whence == SEEK_CUR)
		base = decoder->cursor.offset;
	else if (whence == SEEK_END)
		base = bytes;
	if (request < 0 ? (uint64_t)-request > base : (uint64_t)request > bytes - base) {
		archive_set_error(archive, EINVAL, "points outside of the file");
		return ARCHIVE_FATAL;
	}
	decoder->cursor.offset = base + (uint64_t)request;
	return (la_int64_t)decoder->cursor.offset;
}

/* Extracts the compression method of a zip file, such as "deflation-64-bit", from libarchive's name
 * of the format, such as "ZIP 2.0 (deflation-64-bit)". */
static void decoder_zip_method(struct archive *archive, char *ret, size_t size)
{
	const char *name = archive_format_name(archive);
	const char *method = name ? strrchr(name, '(') : NULL;
	char text[64];

	snprintf(text, sizeof(text), "%s", method ? method + 1 : "unknown");
	text[strcspn(text, ")")] = '\0';
	text_printable(strcmp(text, "deflation-64-bit") == 0 ? "deflate64" : text, ret, size);
}

/* Detects compressed data that is undamaged, but that this version of libarchive cannot decompress.
 * Only libarchive's error text shows this, because libarchive has the same error codes for damaged
 * data. */
static bool decoder_is_unsupported(struct decoder *decoder, char *ret, size_t size)
{
	const char *reason = archive_error_string(decoder->archive);
	bool is_piped_zip = decoder->format == IMAGE_ZIP && !decoder->cursor.file->at_offsets;
	char method[64];

	if (decoder->format == IMAGE_ZIP && reason && strstr(reason, "Unsupported")) {
		decoder_zip_method(decoder->archive, ret, size);
		return true;
	}
	/* In a pipe, the length of the image in a zip file may follow its data. libarchive finds
	 * the end of such data only if the data is stored or deflated. For other methods, it
	 * reports that the data is truncated, although the file goes on. */
	if (is_piped_zip && !decoder->file_ended && reason && strstr(reason, "Truncated")) {
		decoder_zip_method(decoder->archive, method, sizeof(method));
		snprintf(ret, size, "%s in a pipe, without its length", method);
		return strcmp(method, "uncompressed") != 0 && strcmp(method, "deflation") != 0;
	}
	/* If an xz file needs a filter that liblzma does not know, libarchive's error message
	 * contains "Invalid options". */
	snprintf(ret, size, "an unknown xz filter");
	return decoder->format == IMAGE_XZ && reason && strstr(reason, "Invalid options");
}

/* Converts the last error of libarchive to a negative errno value and a message for the user. */
static int decoder_failed(struct decoder *decoder, struct error *err)
{
	const struct image_cursor *cursor = &decoder->cursor;
	const char *reason = archive_error_string(decoder->archive);
	la_int64_t at = archive_filter_bytes(decoder->archive, -1);
	char text[256];

	if (decoder->cursor_err.code < 0)
		return error_copy(err, &decoder->cursor_err);
	if (archive_errno(decoder->archive) == ENOMEM)
		return error_set(err, -ENOMEM, "out of memory while expanding %s",
				 cursor->file->name);
	if (decoder_is_unsupported(decoder, text, sizeof(text)))
		return error_set(err, -EINVAL,
				 "%s is compressed by a method that rpiboot cannot expand (%s); "
				 "expand it first",
				 cursor->file->name, text);
	text_printable(reason ? reason : "unknown damage", text, sizeof(text));
	if (decoder->file_ended)
		return error_set(err, -EBADMSG,
				 "%s is cut off or damaged: its %s data is invalid at its end, "
				 "byte %llu (%s); fetch it again",
				 cursor->file->name, image_format_name(decoder->format),
				 (unsigned long long)cursor->offset, text);
	return error_set(err, -EBADMSG,
			 "%s is damaged before byte %llu of its %s data (%s); fetch it again",
			 cursor->file->name, (unsigned long long)(at > 0 ? at : 0),
			 image_format_name(decoder->format), text);
}

/* Configures libarchive for the format of the compressed image, which is xz, bzip2 or zip. */
static int decoder_set_format(struct decoder *decoder)
{
	struct archive *archive = decoder->archive;

	if (decoder->format == IMAGE_XZ)
		return archive_read_append_filter(archive, ARCHIVE_FILTER_XZ);
	if (decoder->format == IMAGE_BZIP2)
		return archive_read_append_filter(archive, ARCHIVE_FILTER_BZIP2);
	if (decoder->format != IMAGE_ZIP)
		return ARCHIVE_FATAL;
	/* A zip file has a directory near its end, and perhaps a comment after it. If the comment
	 * is longer than 16 KiB, libarchive does not find the directory. It then reads the file in
	 * order, as it reads a pipe. */
	return decoder->cursor.file->at_offsets
		       ? archive_read_support_format_zip(archive)
		       : archive_read_support_format_zip_streamable(archive);
}

/* Enables libarchive's formats for data that is no archive. libarchive takes the data for empty if
 * it is empty, or if the filter fails at once. archive_read_set_format() is no alternative:
 * libarchive 3.4 cannot set the raw format, and libarchive 3.8.10 refuses empty data and replaces
 * the error of a failed filter by its own. */
static int decoder_set_raw(struct archive *archive)
{
	if (archive_read_support_format_raw(archive) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return archive_read_support_format_empty(archive);
}

static int decoder_open(struct decoder *decoder, struct error *err)
{
	struct archive *archive = decoder->archive;

	/* libarchive returns ARCHIVE_WARN if it would run another program to decompress the data.
	 * rpiboot treats this as an error. */
	if (decoder_set_format(decoder) != ARCHIVE_OK)
		return error_set(err, -EOPNOTSUPP,
				 "%s cannot be expanded: the libarchive of this system was built "
				 "without %s; expand it first",
				 decoder->cursor.file->name, image_format_name(decoder->format));
	if (decoder->format != IMAGE_ZIP && decoder_set_raw(archive) != ARCHIVE_OK)
		return decoder_failed(decoder, err);
	if (decoder->cursor.file->at_offsets && decoder->format == IMAGE_ZIP)
		archive_read_set_seek_callback(archive, decoder_on_seek);
	/* archive_read_open2() can report success although the decompression failed, because
	 * libarchive then takes the data for an empty file. Only archive_errno() shows the failure.
	 * Set the callback data before archive_read_open2(), which does not check whether it could
	 * set them, and crashes without them. */
	if (archive_read_set_callback_data(archive, decoder) != ARCHIVE_OK ||
	    archive_read_open2(archive, decoder, NULL, decoder_on_read, NULL, NULL) != ARCHIVE_OK ||
	    (decoder->format != IMAGE_ZIP && archive_errno(archive) != 0))
		return decoder_failed(decoder, err);
	return 0;
}

/* Moves libarchive to the next entry of the compressed file that is not a directory. A zip file can
 * have several entries; the other formats have exactly one.
 * Returns: 1, 0 (no more entries) or a negative errno value. */
static int decoder_next_entry(struct decoder *decoder, struct archive_entry **ret,
			      struct error *err)
{
	int r;

	do
		r = archive_read_next_header(decoder->archive, ret);
	/* Accept ARCHIVE_WARN, which libarchive returns if the name of a zip entry is in another
	 * character set. */
	while ((r == ARCHIVE_OK || r == ARCHIVE_WARN) && archive_entry_filetype(*ret) == AE_IFDIR);
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
		return 1;
	return r == ARCHIVE_EOF ? 0 : decoder_failed(decoder, err);
}

/* Opens the compressed file with libarchive and moves to the first byte of the image in it. */
static int decoder_start(struct decoder *decoder, struct error *err)
{
	const char *name = decoder->cursor.file->name;
	struct archive_entry *entry = NULL;
	int r = decoder_open(decoder, err);

	if (r == 0)
		r = decoder_next_entry(decoder, &entry, err);
	if (r == 0 && decoder->format == IMAGE_ZIP)
		return error_set(err, -EINVAL,
				 "the zip archive %s contains no file and therefore no image",
				 name);
	/* If the compressed image is empty, libarchive 3.4 already reports the end when it opens
	 * the file. Later versions report the end at the first read. */
	if (r == 0)
		return error_set(err, -EBADMSG, "%s contains no image: it expands to 0 bytes",
				 name);
	if (r < 0)
		return r;
	if (decoder->format == IMAGE_ZIP && archive_entry_is_encrypted(entry))
		return error_set(
			err, -EINVAL,
			"%s cannot be expanded: its content is encrypted; decrypt it first", name);
	if (decoder->format == IMAGE_ZIP && archive_entry_filetype(entry) == AE_IFLNK)
		return error_set(err, -EINVAL, "%s contains no image, only a symbolic link", name);
	decoder->in_entry = true;
	return 0;
}

/* Checks the rest of a zip file after the image. The rest must not contain a second file. */
static int decoder_end_zip(struct decoder *decoder, struct error *err)
{
	const struct image_file *file = decoder->cursor.file;
	struct archive_entry *entry;
	ssize_t n;
	int r = decoder_next_entry(decoder, &entry, err);

	if (r > 0)
		return error_set(err, -EINVAL,
				 "%s contains several files: the image must be the only one",
				 file->name);
	if (r < 0 || file->at_offsets)
		/* image_probe_zip() has already checked the directory of a zip file that is not
		 * read from a pipe. */
		return r;
	while ((n = decoder_fill(decoder)) > 0)
		;
	if (n < 0)
		return error_copy(err, &decoder->cursor_err);
	return image_probe_zip_tail(file, decoder->tail, decoder->tail_bytes,
				    decoder->cursor.offset, err);
}

/* Rejects a compressed file with data after its last compressed stream. libarchive does not report
 * such data, because it stops at bytes that do not begin another stream. */
static int decoder_end(struct decoder *decoder, struct error *err)
{
	uint64_t end = (uint64_t)archive_filter_bytes(decoder->archive, -1);
	ssize_t n;

	if (decoder->format == IMAGE_ZIP)
		return decoder_end_zip(decoder, err);
	n = end < decoder->cursor.offset ? 1 : decoder_fill(decoder);
	if (n < 0)
		return error_copy(err, &decoder->cursor_err);
	if (n > 0)
		return error_set(err, -EBADMSG,
				 "%s has unknown data after the end of its %s data, at byte %llu; "
				 "fetch it again",
				 decoder->cursor.file->name, image_format_name(decoder->format),
				 (unsigned long long)end);
	return (int)n;
}

static ssize_t decoder_read(struct image_layer *layer, void *buf, size_t size, struct error *err)
{
	struct decoder *decoder = (struct decoder *)layer;
	const struct image_file *file = decoder->cursor.file;
	la_ssize_t n;
	int r;

	if (decoder->ended)
		return 0;
	if (!decoder->in_entry) {
		r = decoder_start(decoder, err);
		if (r < 0)
			return r;
	}
	n = archive_read_data(decoder->archive, buf, size);
	if (n < 0)
		return decoder_failed(decoder, err);
	layer->used_bytes = (uint64_t)archive_filter_bytes(decoder->archive, -1);
	if (n > 0)
		return n;
	r = decoder_end(decoder, err);
	if (r < 0)
		return r;
	layer->used_bytes = file->at_offsets ? file->bytes : decoder->cursor.offset;
	decoder->ended = true;
	return 0;
}

static void decoder_free(struct image_layer *layer)
{
	struct decoder *decoder = (struct decoder *)layer;

	archive_read_free(decoder->archive);
	free(decoder->tail);
	free(decoder);
}

int image_decoder_new(struct image_layer **ret, enum image_format format,
		      const struct image_cursor *cursor, struct error *err)
{
	bool wants_tail = format == IMAGE_ZIP && !cursor->file->at_offsets;
	struct decoder *decoder;

	if (format == IMAGE_GZIP)
		return image_gzip_new(ret, cursor, err);
	if (format == IMAGE_ZSTD)
		return image_zstd_new(ret, cursor, err);
	decoder = calloc(1, sizeof(*decoder));
	if (decoder) {
		decoder->layer.read = decoder_read;
		decoder->layer.free = decoder_free;
		decoder->format = format;
		decoder->cursor = *cursor;
		decoder->archive = archive_read_new();
		decoder->tail = wants_tail ? malloc(IMAGE_ZIP_TAIL_BYTES) : NULL;
	}
	if (!decoder || !decoder->archive || (wants_tail && !decoder->tail)) {
		image_layer_free(decoder ? &decoder->layer : NULL);
		return error_set(err, -ENOMEM, "out of memory while opening %s",
				 cursor->file->name);
	}
	*ret = &decoder->layer;
	return 0;
}
