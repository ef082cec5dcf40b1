/* SPDX-License-Identifier: Apache-2.0 */
/* Opens an image that is to be written to disks, and reads it. The image is a file or a pipe, raw
 * or compressed, with or without a block map (a list of the parts that contain data). The format is
 * detected by content. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct image;
struct image_reader;
struct digest;

/* While the program waits for bytes from a pipe, it calls give_up() five times a second. give_up()
 * returns 0 to continue, or a negative errno value to end the wait. */
struct image_wait {
	int (*give_up)(void *ctx);
	void *ctx;
};

struct image_config {
	/* The path of the image file. "-" is standard input, which can be read only once. */
	const char *path;
	/* The path of the image's block map. If it is NULL, a block map with the name of the image
	 * is used if one exists, such as os.bmap for os.img. */
	const char *bmap_path;
	bool no_bmap;
	/* True if the image file is written to the disk as it is. It is then not decompressed, and
	 * its content may be anything. */
	bool raw;
	/* True if several boards receive this image. A compressed image is then decompressed only
	 * once, into a temporary file in spool_dir, if this directory has enough space. */
	bool shared;
	/* The directory for the temporary file with the decompressed image. If it is NULL, the
	 * directory is $TMPDIR or else /var/tmp. */
	const char *spool_dir;
	/* A callback that can end the wait of image_new() for the first bytes of an image from a
	 * pipe. If it is NULL, the wait has no limit. */
	const struct image_wait *wait;
};

/* Opens an image. The function detects the format and the decompressed size without
 * decompressing the whole image. It rejects a missing, empty or truncated file, a directory, a
 * file with trailing data, a zip file with several files, and a block map that does not match
 * the image. It also rejects an image whose first bytes identify another kind of file
 * (image/kind.h) with -EINVAL. If the image comes through a pipe, the function waits for the
 * first bytes until config->wait ends the wait. If config->wait is NULL, the wait has no limit.
 * Returns: 0 or a negative errno value with a message that names the file.
 * Ownership: the caller frees *ret with image_free() after all its readers. image_free() accepts
 * NULL and returns NULL. The strings in config must outlive the image. */
int image_new(struct image **ret, const struct image_config *config, struct error *err);
struct image *image_free(struct image *image);

/* Increments the owner count of the image. The last owner's call of image_free() frees the image.
 * Returns: image.
 * Thread: any. */
struct image *image_hold(struct image *image);

/* Returns: the name of the image for messages, which is "standard input" for the path "-". */
const char *image_name(const struct image *image);
/* Returns: the size of the decompressed image in bytes, or 0 if the image file does not state
 * it. */
uint64_t image_bytes(const struct image *image);
/* Returns: the number of bytes of the image that are written to a disk, or 0 (unknown). If the
 * image has a block map, only the blocks in the map are written. */
uint64_t image_mapped_bytes(const struct image *image);

/* Returns: true if each range of the image that is written begins at a multiple of block_bytes.
 * This may be false if the image has a block map with smaller blocks than the disk. */
bool image_fits_blocks(const struct image *image, uint32_t block_bytes);

/* Returns: the number of bytes after the end of the compressed data. The program ignores these
 * bytes. The number is 0 until the whole image file has been read.
 * Thread: any. */
uint64_t image_ignored_bytes(struct image *image);

/* Returns: the digest of the bytes that readers receive. All readers receive the same bytes, so the
 * digest is computed once. Every thread that reads the image adds its bytes with digest_add_at().
 * The offset for that call counts only delivered bytes, and not the bytes that the block map omits.
 * Ownership: the image owns the digest. */
struct digest *image_digest(struct image *image);

/* Creates a reader, which reads the image once from its beginning. Readers are independent of each
 * other, and each may be used by a thread of its own.
 * Returns: 0; -EBUSY (a pipe already has its only reader); -EBADMSG or -EINVAL (an earlier reader
 * found damaged or unusable content in the image); or another negative errno value. Every error
 * has a message.
 * Ownership: the caller frees *ret with image_reader_free(), which accepts NULL and returns
 * NULL. */
int image_reader_new(struct image_reader **ret, struct image *image, struct error *err);
struct image_reader *image_reader_free(struct image_reader *reader);

/* Reads the next bytes of the image into buf, which has size bytes. The bytes are contiguous and
 * belong at *ret_offset of the decompressed image. Offsets ascend, and the ranges that the block
 * map omits are skipped. The function returns fewer than size bytes only where a mapped range or
 * the image ends. If size is a multiple of the disk's block size, all other buffers therefore
 * contain whole blocks.
 * Returns: the number of bytes; 0 at the end of an undamaged image; -EBADMSG (the image is
 * damaged, truncated, has trailing data, or does not match the checksums or the size in its
 * block map); -ECANCELED (after image_reader_cancel()); or another negative errno value. Every
 * error has a message. */
ssize_t image_reader_next(struct image_reader *reader, void *buf, size_t size, uint64_t *ret_offset,
			  struct error *err);

/* Cancels a reader of the image. A running or later call of image_reader_next() soon returns
 * -ECANCELED.
 * Thread: any. */
void image_reader_cancel(struct image_reader *reader);

/* Stores the progress of a reader of the image: it has read *ret_done of *ret_total bytes. With a
 * block map, these are bytes of the decompressed image; otherwise, they are bytes of the image
 * file. *ret_total is 0 if the total is unknown (a pipe).
 * Thread: any. */
void image_reader_progress(struct image_reader *reader, uint64_t *ret_done, uint64_t *ret_total);

/* Returns: an estimate of the number of bytes that the reader delivers in all, or 0 (unknown). It
 * is never less than the number of bytes delivered so far. Thread: any. */
uint64_t image_reader_estimate(struct image_reader *reader);

#endif
