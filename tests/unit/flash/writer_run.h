/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the writer with plain files and fake images, which replace image.c. */
#ifndef TESTS_WRITER_RUN_H
#define TESTS_WRITER_RUN_H

#include "flash/writer.h"

#include "image/image.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/image/image_fake.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#define MIB	   (1024 * 1024)
#define DISK_BYTES (12 * MIB)
#define OLD	   0x5a /* each byte of a disk before the run */

/* ---- disks */

extern char *run_root;

const char *disk_new(void);

int disk_open(struct target *ret, const struct target_config *config, struct error *err);

int disk_open_read_only(struct target *ret, const struct target_config *config, struct error *err);

int disk_open_not(struct target *ret, const struct target_config *config, struct error *err);

uint8_t *disk_read(void);

bool bytes_are(const uint8_t *bytes, uint64_t from, uint64_t to, int value);

bool no_first_mib(void);

/* ---- runs */

struct run {
	pthread_mutex_t mutex;
	pthread_cond_t woken;
	unsigned int wakes;
};

struct writer *run_start_on(const char *disk, struct image *image, struct run *run, bool verify,
			    int (*open_fn)(struct target *, const struct target_config *,
					   struct error *));

struct writer *run_start(struct image *image, struct run *run, bool verify,
			 int (*open_fn)(struct target *, const struct target_config *,
					struct error *));

/* Starts to write a new disk, and waits until the writer has taken all bytes of the image. The
 * reader then waits until image->hold_at_end is false. */
struct writer *run_hold(struct image *image, struct run *run, struct writer_state *state);

void run_wait(struct writer *writer, struct run *run, struct writer_state *state);

int run_setup(void **state);

int run_teardown(void **state);

#endif
