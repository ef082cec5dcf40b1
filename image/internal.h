/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the struct image that image/image.c (opens an image) shares with image/reader.c (reads
 * it). Other files must not include this header. */
#ifndef IMAGE_INTERNAL_H
#define IMAGE_INTERNAL_H

#include "image/bmap.h"
#include "image/image.h"
#include "image/probe.h"
#include "image/file.h"
#include "util/error.h"

#include <pthread.h>

struct spool;

struct image {
	struct image_config config;
	struct image_file file;
	struct image_facts facts;
	struct bmap *bmap; /* NULL if there is no block map */
	char *bmap_path;
	struct digest *digest;
	atomic_uint owners;
	pthread_mutex_t mutex; /* protects the fields below */
	uint64_t ignored_bytes;
	/* The error of the first reader that found damaged or unusable content in the image, or
	 * code 0. No later reader is created, so that no other disk is cleared for this image. */
	struct error unusable;
	/* True once an image from a pipe has a reader. A pipe can be read only once. */
	bool taken;
	/* True if there is too little space for a temporary file with the decompressed image. Each
	 * reader then decompresses the image itself. */
	bool no_room;
	struct spool *spool;
	/* The reader that decompresses the image into the spool (a temporary file), in a thread of
	 * its own. All other readers of the image read from the spool.
	 * Ownership: the spool frees the reader. */
	struct image_reader *filler;
};

#endif
