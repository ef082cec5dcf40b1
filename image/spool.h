/* SPDX-License-Identifier: Apache-2.0 */
/* What is expanded once and read by many: a thread of its own fills an unlinked file, and readers
 * follow it, each at its own pace. Knows no formats and no block maps. */
#ifndef FLASH_SPOOL_H
#define FLASH_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct spool;

struct spool_config {
	const char *dir;     /* where the file is made */
	uint64_t need_bytes; /* room that must be there; 0: not known */
	/* The next bytes, in the spool's thread: at *ret_offset, never before the end of those
	 * before; what lies between reads as zeros and takes no room. Returns how many, 0 at the
	 * end, or -Exxx. */
	ssize_t (*next)(void *ctx, void *buf, size_t size, uint64_t *ret_offset, struct error *err);
	void (*done)(void *ctx); /* nobody calls next() any more; NULL: nobody wants to know */
	void *ctx;
};

/* 0; -ENOSPC: there is no room in dir (or no file can be made in it), or -ENOMEM. What others on
 * this machine need for their work is left free. Ends with spool_free() (NULL-safe, returns NULL),
 * called once more for each spool_join(): the last one waits for one call of next() to end. */
int spool_new(struct spool **ret, const struct spool_config *config, struct error *err);
struct spool *spool_free(struct spool *spool);

/* One more reader, until spool_leave() and then spool_free(). False: it has failed, there is
 * nothing to be read for who comes now. A file of a failed one lasts until the last of them has
 * left. */
bool spool_join(struct spool *spool);
void spool_leave(struct spool *spool);

/* 0; or why not all of it came: -ENOSPC, or the error of next(). */
int spool_failed(struct spool *spool);

/* Reads size bytes at offset, as soon as they are there. Returns fewer only at the end (0: offset
 * is there), -ECANCELED once *canceled is true, -ENOSPC where the room ran out before them, or the
 * error of next(). From any thread. */
ssize_t spool_read(struct spool *spool, void *buf, size_t size, uint64_t offset,
		   const atomic_bool *canceled, struct error *err);

/* Makes waiting readers look at their `canceled`. */
void spool_wake(struct spool *spool);

#endif
