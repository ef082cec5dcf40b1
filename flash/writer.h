/* SPDX-License-Identifier: Apache-2.0 */
/* Image -> disk of one board, in threads of its own: one reads the image, one writes the disk and
 * reads it back. The first MiB is cleared first and written last, after everything else has been
 * verified: a disk that has one is complete. */
#ifndef FLASH_WRITER_H
#define FLASH_WRITER_H

#include "util/error.h"
#include "flash/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRITER_SHA256_SIZE 32

struct image;
struct writer;

struct writer_config {
	struct image *image; /* held as long as the writer needs it */
	struct target_config target;
	/* target_open() outside tests, which have plain files for disks. Called in the writer's
	 * thread. */
	int (*open)(struct target *ret, const struct target_config *config, struct error *err);
	bool verify;
	/* Called in a writer's thread when it has ended: makes the main thread look. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

enum writer_phase {
	WRITER_OPENING,
	WRITER_WRITING,
	WRITER_VERIFYING, /* also the first MiB, then the partition table */
	WRITER_ENDED,
};

/* The image was written, but the disk may not do what people expect. */
struct writer_warning {
	const char *code; /* "no-partition", "larger-disk", "block-size", "ignored-bytes" */
	char text[256];
};

#define WRITER_WARNINGS_MAX 3

struct writer_state {
	enum writer_phase phase;
	uint64_t bytes; /* in this phase: on the device, or read back from it */
	uint64_t total; /* of this phase; 0: not known; an estimate for compressed images whose size
			   is not known */
	/* The disk has an operation of ours to do: opening, writing, flushing, reading back. How
	 * long it takes for that is its own affair; in between we wait for the image. */
	bool disk_busy;
	uint64_t disk_operations; /* begun so far */
	bool touched; /* its beginning was cleared, or is being so: what it had there is gone */
	/* When ended: */
	struct error err;	/* code 0: written, and verified where asked for */
	uint64_t written_bytes; /* of the image (after err: up to here), without padding */
	uint8_t sha256[WRITER_SHA256_SIZE]; /* of these, in their order */
	bool verified;
	size_t warning_count;
	struct writer_warning warnings[WRITER_WARNINGS_MAX];
	size_t partition_count;
	struct event_partition partitions[TARGET_PARTITIONS_MAX];
};

/* 0 or -Exxx (no memory, no thread). Ends with writer_free() (NULL-safe, returns NULL), which does
 * not wait: what is still going on is cancelled and cleans up after itself. */
int writer_new(struct writer **ret, const struct writer_config *config, struct error *err);
struct writer *writer_free(struct writer *writer);

/* How far it is; from any thread, never blocks. */
void writer_look(struct writer *writer, struct writer_state *ret);

/* Asks it to end soon, with -ECANCELED and without a first MiB on the disk. */
void writer_cancel(struct writer *writer);

#endif
