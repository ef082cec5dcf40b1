/* SPDX-License-Identifier: Apache-2.0 */
/* Writes an image to the disk of one board in threads of its own. One thread reads the image,
 * and another writes the disk and reads it back. The boot area (the first MiB of the disk) is
 * cleared first and written last, after the rest has been verified. A disk with a valid boot
 * area is therefore complete. */
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
	struct image *image; /* the writer adds itself as an owner */
	struct target_config target;
	/* The writer's thread calls this function to open the disk. It is target_open(), except in
	 * tests that use plain files in place of disks. */
	int (*open)(struct target *ret, const struct target_config *config, struct error *err);
	bool verify;
	/* Wakes the main thread, which then reads the state of the writer. The writer's thread
	 * calls this function when it ends. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

enum writer_phase {
	WRITER_OPENING,
	WRITER_WRITING,
	/* In this phase, the writer reads the image back from the disk, writes the boot area and
	 * reads the partition table. */
	WRITER_VERIFYING,
	WRITER_ENDED,
};

/* A possible problem: the image was written, but the disk may not work as the user expects. */
struct writer_warning {
	/* "no-partition", "larger-disk", "block-size" or "ignored-bytes" */
	const char *code;
	char text[256];
};

#define WRITER_WARNINGS_MAX 3

struct writer_state {
	enum writer_phase phase;
	/* The number of bytes that were written to the disk, or read back from it, in the current
	 * phase. */
	uint64_t bytes;
	/* The number of bytes that the current phase writes or reads back in total, or 0 (unknown).
	 * If the image is compressed and its size is unknown, the total is an estimate. */
	uint64_t total;
	/* True during a disk operation: opening, writing, flushing or reading back. The stage
	 * timeout runs only during such an operation, because the writer waits for the image at
	 * other times. */
	bool disk_busy;
	uint64_t disk_operations; /* disk operations started so far */
	/* True once the writer begins to clear the boot area of the disk (the first MiB). The old
	 * content of the disk is then lost. */
	bool write_started;
	/* The result of the write. It is valid in the phase WRITER_ENDED, like all members after
	 * it. The code 0 means that the image was written, and verified if config.verify was
	 * set. */
	struct error err;
	/* The number of bytes of the image that were written to the disk, without padding. After an
	 * error, it counts the bytes before the error. */
	uint64_t written_bytes;
	uint8_t sha256[WRITER_SHA256_SIZE]; /* the SHA-256 of the image bytes written */
	bool verified;
	size_t warning_count;
	struct writer_warning warnings[WRITER_WARNINGS_MAX];
	size_t partition_count;
	struct event_partition partitions[TARGET_PARTITIONS_MAX];
};

/* Creates a writer for the disk of one board and starts its threads.
 * Returns: 0 or a negative errno value (no memory, no thread).
 * Ownership: the caller frees *ret with writer_free(), which accepts NULL and returns NULL.
 * writer_free() cancels a running writer and does not wait; the threads release their resources
 * themselves. */
int writer_new(struct writer **ret, const struct writer_config *config, struct error *err);
struct writer *writer_free(struct writer *writer);

/* Copies the current state of the writer to *ret.
 * Thread: any; does not block. */
void writer_look(struct writer *writer, struct writer_state *ret);

/* Cancels the writing of a disk. The writer ends soon with -ECANCELED. If it had begun to write,
 * the disk does not boot. A writer that already writes the boot area completes the disk instead.
 * Thread: any. */
void writer_cancel(struct writer *writer);

#endif
