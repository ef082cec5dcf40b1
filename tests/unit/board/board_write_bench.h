/* SPDX-License-Identifier: Apache-2.0 */
/* A board after its second stage, whose disk is to be written. A fake replaces flash/writer.c, and
 * reports the state that a test sets. The events of the board are recorded here. */
#ifndef TESTS_BOARD_WRITE_BENCH_H
#define TESTS_BOARD_WRITE_BENCH_H

#include "board/internal.h"
#include "image/image.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <inttypes.h>

#define PORT		 "1-1"
#define STAGE_TIMEOUT_MS 60000
#define DEVICE		 "sys/bus/usb/devices/" PORT "/"

/* ---- the fake writer: its calls and its state */

struct writer_script {
	struct writer_config config;
	struct writer_state state;
	unsigned int started, cancelled, freed;
	int code; /* the result of writer_new() */
};

extern struct writer_script writer_fake;

/* ---- the reported events, and the bus */

extern char events[4096]; /* a line for each event */

extern void *dev_owner;

extern struct usb_id dev_id; /* of any device; vendor 0: not expected to be read */

/* ---- a board whose second stage is over */

struct bench {
	char *dir, sys[256];
	struct config config;
	struct context context;
	struct board *board;
};

void bench_new(struct bench *bench);

void bench_free(struct bench *bench);

/* Adds a disk. lun: also the number of its target, so that each disk has its own device. */
void add_disk(struct bench *bench, unsigned int lun, const char *model, const char *disk,
	      const char *sectors);

/* Adds a disk with an interface of its own, as mass-storage-gadget64 does. */
void add_disk_to(struct bench *bench, unsigned int interface, const char *model, const char *disk,
		 const char *sectors);

void fake_status(enum writer_phase phase, uint64_t bytes, uint64_t total);

void fake_disk(bool busy, uint64_t operations);

/* Makes a board with a disk. The writer is busy since 2000 ms. */
void bench_writing(struct bench *bench);

void check_events(const char *want);

#endif
