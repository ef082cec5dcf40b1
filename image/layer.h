/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of the pipe that turns an image file into the bytes of the image. All layers have
 * the same interface:
 *
 *     cursor      reads the file               image/file.h
 *     decoder     decompresses the file        image/decoder.h
 *     spool       reads decompressed bytes     image/spool.h
 *
 * A decoder reads a cursor. A stream (image/stream.h) reads a cursor, a decoder or a spool. An
 * image reader (image/image.h) reads a stream and applies the block map. */
#ifndef IMAGE_LAYER_H
#define IMAGE_LAYER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct image_layer {
	/* Reads the next 1 to size bytes into buf.
	 * Returns: the number of bytes; 0 at the end of undamaged data; or a negative errno
	 * value with a message. */
	ssize_t (*read)(struct image_layer *layer, void *buf, size_t size, struct error *err);
	/* Moves forward to offset without reading the bytes before it. If the layer cannot skip,
	 * the pointer is NULL. */
	void (*skip_to)(struct image_layer *layer, uint64_t offset);
	void (*free)(struct image_layer *layer);
	/* The number of bytes of the file that the layer has used for its output so far. */
	uint64_t used_bytes;
	/* The number of ignored bytes after the end of the compressed data. The number is final at
	 * the end of the file. */
	uint64_t ignored_bytes;
};

static inline ssize_t image_layer_read(struct image_layer *layer, void *buf, size_t size,
				       struct error *err)
{
	return layer->read(layer, buf, size, err);
}

/* Frees the layer. The function accepts NULL and returns NULL. */
static inline struct image_layer *image_layer_free(struct image_layer *layer)
{
	if (layer)
		layer->free(layer);
	return NULL;
}

#endif
