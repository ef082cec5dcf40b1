/* SPDX-License-Identifier: Apache-2.0 */
/* Writes an image to the disk of one board in threads of its own. One thread reads the image, and
 * another writes the disk and reads it back. The boot area (the first MiB of the disk) is cleared
 * first and written last, after the rest has been verified. A disk with a valid boot area is
 * therefore complete. */
#ifndef FLASH_WRITER_H
#define FLASH_WRITER_H

#include "util/error.h"
#include "flash/target.h"

#define WRITER_SHA256_SIZE 32

struct image;
struct writer;

struct writer_config {
	struct image *image; /* the writer holds its own reference */
	struct target_config target;
	/* The function with which the writer's thread opens the disk: target_open(), except in
	 * tests that use plain files as disks. */
	int (*open)(struct target *ret, const struct target_config *config, struct error *err);
	bool verify;
	/* When the writer's thread ends, it calls this function to wake the main thread, which then
	 * reads the state of the writer. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

enum writer_phase {
	WRITER_OPENING,
	WRITER_WRITING,
	/* The image is on the disk, except for the boot area (the first MiB). The writer reads the
	 * image back and verifies it. Then it writes the boot area and reads the partition
	 * table. */
	WRITER_VERIFYING,
	WRITER_ENDED,
};

/* A warning that the disk may not work as the user expects, although the image was written to
 * it. */
struct writer_warning {
	/* "no-partition", "larger-disk", "block-size" or "ignored-bytes" */
	const char *code;
	char text[256];
};

#define WRITER_WARNINGS_MAX 3

struct writer_state {
	enum writer_phase phase;
	/* The number of bytes that the writer has written to the disk, or read back from it, in its
	 * current phase. */
	uint64_t bytes;
	/* The number of bytes that the writer will write or read back in its current phase, or 0 if
	 * it is unknown. It is an estimate if the size of a compressed image is unknown. */
	uint64_t total;
	/* True while the writer opens, writes, flushes or reads the disk. The timeout for the board
	 * runs only during this time. At other times, the writer waits for the image. */
	bool disk_busy;
	uint64_t disk_operations; /* number of disk operations so far */
	/* True once the writer begins to overwrite the disk. The old content of the disk is then
	 * lost. */
	bool write_started;
	/* The result of the writer, with the code 0 for success. With config.verify, success means
	 * that the disk was also verified. This member and all members below are valid in the phase
	 * WRITER_ENDED. */
	struct error err;
	/* The number of image bytes written before the end or an error, without padding. */
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

/* Copies the current state of a writer, which writes a disk, to *ret.
 * Thread: any; does not block. */
void writer_look(struct writer *writer, struct writer_state *ret);

/* Cancels the writing of a disk, unless the writer already writes the last part, which is the boot
 * area (the first MiB). A canceled writer ends soon with -ECANCELED. A partly written disk does not
 * boot.
 * Thread: any. */
void writer_cancel(struct writer *writer);

#endif
