/* SPDX-License-Identifier: Apache-2.0 */
/* Stores a decompressed image in a temporary file, the spool. One thread fills it, and several
 * readers read it at their own pace. */
#ifndef IMAGE_SPOOL_H
#define IMAGE_SPOOL_H

#include "image/layer.h"

#include <stdatomic.h>

struct spool;

struct spool_config {
	const char *dir; /* the directory of the spool file */
	/* The number of bytes of free disk space that the spool file needs, or 0 if the size of the
	 * image is unknown. */
	uint64_t need_bytes;
	/* Produces the next bytes in the thread of the spool. They belong at *ret_offset, which
	 * is never before the end of the earlier bytes. A gap between them reads as zeros and
	 * takes no space on the disk. The callback returns the number of bytes, 0 at the end, or
	 * a negative errno value. */
	ssize_t (*next)(void *ctx, void *buf, size_t size, uint64_t *ret_offset, struct error *err);
	/* Frees `ctx` after the last call of next(). This function pointer may be NULL if there is
	 * nothing to free. */
	void (*done)(void *ctx);
	void *ctx;
};

/* Creates a spool file and starts the thread that fills it. The spool leaves a reserve of free
 * space for other programs on the machine.
 * Returns: 0, -ENOSPC (dir has not enough space, or does not allow a new file) or -ENOMEM.
 * Ownership: the caller frees *ret with spool_free(), which accepts NULL and returns NULL. The
 * spool ends when spool_free() was called and all its layers are freed. The last of these calls
 * waits until a running next() has returned. */
int spool_new(struct spool **ret, const struct spool_config *config, struct error *err);
struct spool *spool_free(struct spool *spool);

/* Adds a reader to the spool: a layer that can skip. Its read() waits until all size bytes are in
 * the file, and returns fewer bytes only at the end of the data. Its errors are -ECANCELED
 * (*canceled became true); -ENOSPC (the disk became full before these bytes were written); and
 * the errors of next(). After an error, the layer reads no more. The file of a failed spool is
 * closed when each of its layers has had an error or was freed.
 * Returns: the layer, or NULL (out of memory, or the spool has failed, so that a new reader would
 * find no data).
 * Ownership: the caller frees the layer with image_layer_free(), before or after spool_free().
 * Thread: any. The layer itself belongs to one thread. */
struct image_layer *spool_join(struct spool *spool, const atomic_bool *canceled);

/* Returns: 0, or the error with which the writing of the spool file ended: -ENOSPC (the disk is
 * full) or an error of the decompression. */
int spool_failed(struct spool *spool);

/* Wakes all readers that wait for bytes in the spool file. Each reader then checks whether it was
 * canceled. */
void spool_wake(struct spool *spool);

#endif
