/* SPDX-License-Identifier: Apache-2.0 */
/* Fake images, which replace image/image.c. */
#ifndef TESTS_IMAGE_FAKE_H
#define TESTS_IMAGE_FAKE_H

#include "util/error.h"
#include "image/image.h"
#include "image/digest.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

struct image {
	uint64_t bytes;
	uint64_t hole_from, hole_to; /* not mapped */
	uint64_t fail_at;	     /* 0: never */
	uint64_t estimate;	 /* of a compressed image of unknown size; 0: the size is known */
	atomic_bool hold_at_end; /* the reader blocks at the end while true */
	atomic_uint readers;
	_Atomic(struct digest *) sum;
};

struct image_reader {
	struct image *image;
	uint64_t offset;
	atomic_bool canceled;
};

uint8_t image_byte(uint64_t offset);

/* For cleanup(): ends an image on the stack. */
void image_done(struct image *image);

#endif
