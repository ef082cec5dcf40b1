/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the struct image that image/image.c (opening) shares with image/reader.c (passes over
 * the image, and the spool). Other files must not include this header. */
#ifndef IMAGE_INTERNAL_H
#define IMAGE_INTERNAL_H

#include "image/bmap.h"
#include "image/image.h"
#include "image/probe.h"
#include "image/file.h"

#include <pthread.h>

struct spool;

struct image {
	struct image_config config;
	struct image_file file;
	struct image_facts facts;
	struct bmap *bmap; /* NULL if the whole image is read */
	char *bmap_path;
	struct digest *digest;
	pthread_mutex_t mutex; /* protects the fields below */
	unsigned int owners;
	uint64_t ignored_bytes;
	/* True if the image is a pipe and already has a reader. A pipe can have only one. */
	bool taken;
	/* True if the disk of the spool directory had too little space for the decompressed image.
	 * Each reader then decompresses the image itself. */
	bool no_room;
	struct spool *spool;
	/* The reader that decompresses the image into the spool file, from which all other readers
	 * read it. It runs in the thread of the spool, and the spool frees it. */
	struct image_reader *filler;
};

#endif
