/* SPDX-License-Identifier: Apache-2.0 */
/* What image.c (opening it) shares with image_reader.c (passes over it, and their spool). For them
 * only. */
#ifndef FLASH_IMAGE_PRIVATE_H
#define FLASH_IMAGE_PRIVATE_H

#include "image/bmap.h"
#include "image/image.h"
#include "image/probe.h"
#include "image/file.h"

#include <pthread.h>

struct spool;

struct image {
	struct image_config config;
	struct image_source source;
	struct image_facts facts;
	struct bmap *bmap; /* NULL: all of the image is read */
	char *bmap_path;
	struct prefix *sum;
	pthread_mutex_t mutex; /* of what follows */
	unsigned int owners;
	uint64_t ignored_bytes;
	bool taken;   /* a pipe, by its only reader */
	bool no_room; /* for a spool: not tried again */
	struct spool *spool;
	struct image_reader *filler; /* fills the spool, in its thread; the spool's */
};

#endif
