/* SPDX-License-Identifier: Apache-2.0 */
/* A board whose second stage is over, and that is to be written: with a writer that says what a
 * test wants (it takes the place of flash/writer.c), and nothing is told but to here. */
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

/* ---- what the writer was asked, and what it says */

struct writer_script {
	struct writer_config config;
	struct writer_state state;
	unsigned int started, cancelled, freed;
	int code; /* of starting it */
};

extern struct writer_script writer_fake;

/* ---- what was told, and the bus */

extern char told[4096]; /* a line for each event */

extern void *dev_owner;

extern struct usb_id dev_id; /* of whatever device; vendor 0: there is none */

/* ---- a board whose second stage is over */

struct bench {
	char *dir, sys[256];
	struct config config;
	struct context context;
	struct board *board;
};

void bench_new(struct bench *bench);

void bench_free(struct bench *bench);

/* lun: also its target's, so that each is of a device of its own. */
void add_disk(struct bench *bench, unsigned int lun, const char *model, const char *disk,
	      const char *sectors);

/* As mass-storage-gadget64 has them: each in an interface of its own. */
void add_disk_to(struct bench *bench, unsigned int interface, const char *model, const char *disk,
		 const char *sectors);

void fake_says(enum writer_phase phase, uint64_t bytes, uint64_t total);

void fake_disk(bool busy, uint64_t operations);

/* Its disk is there and the writer at work since 2000. */
void bench_writing(struct bench *bench);

void check_told(const char *want);

#endif
