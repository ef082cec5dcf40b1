/* SPDX-License-Identifier: Apache-2.0 */
/* Stores a stream that one producer decompresses and several readers read. A thread of the spool
 * fills an unlinked file, and each reader follows at its own pace. This file knows neither
 * formats nor block maps. */
#ifndef IMAGE_SPOOL_H
#define IMAGE_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct spool;

struct spool_config {
	const char *dir; /* the directory of the spool file */
	/* The free space that the directory must have. 0: the size is unknown. */
	uint64_t need_bytes;
	/* Produces the next bytes in the thread of the spool. They belong at *ret_offset, which
	 * is never before the end of the earlier bytes. A gap between them reads as zeros and
	 * takes no space on the disk. The callback returns the number of bytes, 0 at the end, or
	 * a negative errno value. */
	ssize_t (*next)(void *ctx, void *buf, size_t size, uint64_t *ret_offset, struct error *err);
	/* Called after the last call of next(). NULL: no call. */
	void (*done)(void *ctx);
	void *ctx;
};

/* Creates a spool file and starts the thread that fills it. The spool leaves a reserve of free
 * space for other programs on the machine.
 * Returns: 0, -ENOSPC (dir has not enough space, or does not allow a new file) or -ENOMEM.
 * Ownership: the creator calls spool_free(), and so does each reader after spool_join().
 * spool_free() accepts NULL and returns NULL. The last call waits until a running next() has
 * returned. */
int spool_new(struct spool **ret, const struct spool_config *config, struct error *err);
struct spool *spool_free(struct spool *spool);

/* Adds a reader to the spool. The reader calls spool_leave() and then spool_free().
 * Returns: true, or false if the spool has failed and a new reader would find no data. The file
 * of a failed spool is closed when its last reader has left. */
bool spool_join(struct spool *spool);
void spool_leave(struct spool *spool);

/* Returns: 0, or the error that stopped the spool: -ENOSPC or the error of next(). */
int spool_failed(struct spool *spool);

/* Reads size bytes at offset, and waits until these bytes are in the file.
 * Returns: the number of bytes, which is below size only at the end of the stream (0 at or after
 * the end); -ECANCELED (*canceled became true); -ENOSPC (the disk became full before these bytes
 * were written); or the error of next().
 * Thread: any. */
ssize_t spool_read(struct spool *spool, void *buf, size_t size, uint64_t offset,
		   const atomic_bool *canceled, struct error *err);

/* Wakes all waiting readers, so that each checks its canceled flag. */
void spool_wake(struct spool *spool);

#endif
