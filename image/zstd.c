/* SPDX-License-Identifier: Apache-2.0 */
/* Decompresses zstd files, which consist of one or more frames. For each frame, the decoder needs a
 * buffer, the window of the frame. A window may use up to half of the memory of this machine,
 * because the content usually fills only a part of a large window. */
#include "image/decoder.h"

#include "util/error.h"
#include "image/file.h"
#include "util/util.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <zstd.h>
#include <zstd_errors.h>

/* zstd files with a window of up to 2^27 bytes are always accepted. This is more than RFC 8878
 * recommends. */
#define ZSTD_WINDOW_LOG_MIN 27
#define MIB		    (1024 * 1024)

struct zstd {
	struct image_layer layer; /* must be first */
	struct image_cursor cursor;
	ZSTD_DCtx *context;
	ZSTD_inBuffer in;
	bool inside; /* inside a frame */
	bool more;   /* libzstd still has output to deliver */
	/* The offset in the compressed data at which the current zstd frame begins. */
	uint64_t frame_at;
	unsigned char buf[256 * 1024];
};

/* Returns: the binary logarithm of the largest window (decoder buffer) that is accepted in a zstd
 * file. The window fits into half of the RAM of this machine. If half of the RAM is too small for
 * the minimum window, the result is still ZSTD_WINDOW_LOG_MIN. */
static int zstd_window_log(void)
{
	uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
	int log = ZSTD_WINDOW_LOG_MIN, most = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound;

	while (log < most && UINT64_C(2) << log <= half)
		log++;
	return log;
}

/* Returns: the number of compressed bytes that libzstd has used so far. */
static uint64_t zstd_used(const struct zstd *zstd)
{
	return zstd->cursor.offset - (zstd->in.size - zstd->in.pos);
}

static int zstd_no_memory(const struct zstd *zstd, struct error *err)
{
	const struct image_file *file = zstd->cursor.file;
	uint64_t at = zstd->frame_at, window = 0; /* 0: unknown */
	char takes[48] = "too much";
	unsigned long long mib;

	if (at < file->head_bytes)
		window = image_probe_zstd_window(file->head + at, file->head_bytes - (size_t)at);
	mib = window / MIB + (window % MIB != 0);
	if (window >> ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound > 1)
		return error_set(err, -EINVAL,
				 "%s cannot be expanded: its zstd window is %llu MiB, which is "
				 "more than zstd supports; compress the image with a smaller value "
				 "of zstd's option --long",
				 file->name, mib);
	if (window)
		snprintf(takes, sizeof(takes), "%llu MiB of", mib);
	return error_set(err, -ENOMEM,
			 "%s cannot be expanded here: its zstd window takes %s memory; expand it "
			 "on a machine with more memory, or compress it with a smaller value of "
			 "zstd's option --long",
			 file->name, takes);
}

/* Converts an error of libzstd to a negative errno value with a message. */
static int zstd_failed(const struct zstd *zstd, size_t result, struct error *err)
{
	const char *name = zstd->cursor.file->name;
	ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
	unsigned long long at = zstd_used(zstd);

	if (code == ZSTD_error_frameParameter_windowTooLarge ||
	    code == ZSTD_error_memory_allocation)
		return zstd_no_memory(zstd, err);
	if (code == ZSTD_error_dictionary_wrong)
		return error_set(err, -EINVAL,
				 "%s cannot be expanded: it was compressed with a zstd dictionary; "
				 "expand it first with zstd -d -D DICTIONARY",
				 name);
	if (code == ZSTD_error_prefix_unknown && zstd->frame_at > 0)
		return error_set(err, -EBADMSG,
				 "%s has unknown data after the end of its zstd data, at byte "
				 "%llu; fetch it again",
				 name, at);
	return error_set(err, -EBADMSG,
			 "%s is damaged before byte %llu of its zstd data (%s); fetch it again",
			 name, at, ZSTD_getErrorName(result));
}

/* Reads the next bytes of the zstd file into the buffer, after libzstd has used all earlier ones.
 * Returns: 1, 0 (the end of an undamaged file) or a negative errno value. */
static ssize_t zstd_fill(struct zstd *zstd, struct error *err)
{
	ssize_t n;

	if (zstd->in.pos < zstd->in.size || zstd->more)
		return 1;
	n = image_layer_read(&zstd->cursor.layer, zstd->buf, sizeof(zstd->buf), err);
	if (n < 0)
		return n;
	if (n == 0 && zstd->inside)
		return error_set(err, -EBADMSG,
				 "%s is cut off: it ends after %llu bytes, inside its zstd data; "
				 "fetch it again",
				 zstd->cursor.file->name, (unsigned long long)zstd->cursor.offset);
	zstd->in.size = (size_t)n;
	zstd->in.pos = 0;
	return n > 0;
}

static ssize_t zstd_read(struct image_layer *layer, void *buf, size_t size, struct error *err)
{
	struct zstd *zstd = (struct zstd *)layer;
	ZSTD_outBuffer out = {.dst = buf, .size = size};
	size_t result;
	ssize_t n;

	while (out.pos == 0) {
		n = zstd_fill(zstd, err);
		if (n <= 0)
			return n;
		result = ZSTD_decompressStream(zstd->context, &out, &zstd->in);
		if (ZSTD_isError(result))
			return zstd_failed(zstd, result, err);
		layer->used_bytes = zstd_used(zstd);
		/* libzstd returns 0 when a zstd frame is complete and its checksum, if it has one,
		 * is correct. */
		zstd->inside = result != 0;
		if (result == 0)
			zstd->frame_at = zstd_used(zstd);
		zstd->more = zstd->inside && out.pos == out.size;
	}
	return (ssize_t)out.pos;
}

static void zstd_free(struct image_layer *layer)
{
	struct zstd *zstd = (struct zstd *)layer;

	ZSTD_freeDCtx(zstd->context);
	free(zstd);
}

int image_zstd_new(struct image_layer **ret, const struct image_cursor *cursor, struct error *err)
{
	struct zstd *zstd = calloc(1, sizeof(*zstd));

	if (zstd)
		zstd->context = ZSTD_createDCtx();
	if (!zstd || !zstd->context ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax,
						zstd_window_log()))) {
		if (zstd)
			zstd_free(&zstd->layer);
		return error_set(err, -ENOMEM, "out of memory while expanding %s",
				 cursor->file->name);
	}
	zstd->layer.read = zstd_read;
	zstd->layer.free = zstd_free;
	zstd->cursor = *cursor;
	zstd->in.src = zstd->buf;
	*ret = &zstd->layer;
	return 0;
}
