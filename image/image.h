/* SPDX-License-Identifier: Apache-2.0 */
/* An image to be written to disks: a file or a pipe, raw or compressed (told by content), with or
 * without a block map. Knows no disk. */
#ifndef FLASH_IMAGE_H
#define FLASH_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image;
struct image_reader;
struct prefix;

/* Asked five times a second while a pipe gives no bytes: 0, or the -Exxx that ends the wait. */
struct image_wait {
	int (*give_up)(void *ctx);
	void *ctx;
};

struct image_config {
	const char *path;      /* "-": standard input, which can be read once */
	const char *bmap_path; /* NULL: the one beside the image, where there is one */
	bool no_bmap;
	bool raw;    /* its bytes are the disk's: nothing is expanded or refused by its content */
	bool shared; /* several boards get it: a compressed one is expanded once, into an unlinked
			file in spool_dir, if there is room */
	const char *spool_dir;	       /* NULL: $TMPDIR, else /var/tmp */
	const struct image_wait *wait; /* while image_new() runs; NULL: it waits for ever */
};

/* Opens it and finds out what can be known without expanding all of it: format, expanded size, and
 * damage (missing, empty, a directory, cut off, garbage behind its end, a zip of several files, a
 * block map that does not fit), and whether its first bytes are those of another kind of file
 * (image_kind.h; -EINVAL). Waits for these bytes if they come through a pipe, for
 * ever or as config->wait has it. 0 or -Exxx with a
 * sentence that names the file. Strings of config must outlive the image. Ends with image_free()
 * (NULL-safe, returns NULL), after all its readers.
 */
int image_new(struct image **ret, const struct image_config *config, struct error *err);
struct image *image_free(struct image *image);

/* One more owner: it lasts until image_free() has been called once more. From any thread. */
struct image *image_hold(struct image *image);

const char *image_name(const struct image *image); /* for sentences; "standard input" for "-" */
const char *
image_format(const struct image *image); /* "raw", "xz", "gzip", "bzip2", "zstd", "zip" */
const char *image_bmap_name(const struct image *image); /* file of the block map used, or NULL */
uint64_t image_bytes(const struct image *image); /* expanded; 0: cannot be known beforehand */
uint64_t image_mapped_bytes(const struct image *image); /* what will be read of it; 0: not known */

/* Bytes behind its compressed data that were ignored; known once a reader has come to its end. From
 * any thread. */
uint64_t image_ignored_bytes(struct image *image);

/* The sum over what readers are given, which is the same for all of them, so that it has to be made
 * once: whoever reads adds the bytes at their place (prefix_add_at()), counted without what a block
 * map leaves out. */
struct prefix *image_sum(struct image *image);

/* One pass over the image from its beginning. Readers are independent of each other, and each may
 * be used by a thread of its own. Ends with image_reader_free() (NULL-safe, returns NULL). */
int image_reader_new(struct image_reader **ret, struct image *image, struct error *err);
struct image_reader *image_reader_free(struct image_reader *reader);

/* The next bytes to write and where they belong: contiguous at *ret_offset of the expanded image,
 * ascending; without the parts that the block map leaves out. Fewer than size only where a mapped
 * range or the image ends, so that with size a multiple of a disk's block all pieces but those are
 * whole blocks. buf: size bytes. Returns the number of bytes, 0 at the end of a sound image, or
 * -Exxx with a sentence: read error, damaged or cut off (-EBADMSG), garbage behind the end, not
 * what the block map says (checksum or size), -ECANCELED after image_reader_cancel(). */
ssize_t image_reader_next(struct image_reader *reader, void *buf, size_t size, uint64_t *ret_offset,
			  struct error *err);

/* From any thread: a pending or later image_reader_next() returns -ECANCELED soon. */
void image_reader_cancel(struct image_reader *reader);

/* From any thread: how far it is through its input. *ret_total 0: not known (a pipe). Bytes of what
 * is read from: compressed ones where the image is compressed and has no block map. */
void image_reader_progress(struct image_reader *reader, uint64_t *ret_done, uint64_t *ret_total);

#endif
