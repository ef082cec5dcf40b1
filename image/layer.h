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
	/* Reads at least 1 and at most size bytes of an image into buf.
	 * Returns: the number of bytes; 0 at the end of undamaged data; or a negative errno value
	 * with a message. */
	ssize_t (*read)(struct image_layer *layer, void *buf, size_t size, struct error *err);
	/* Skips bytes of an image, so that the next read begins at `offset`. The pointer is NULL if
	 * the layer can only read the bytes in order, as a decoder does. */
	void (*skip_to)(struct image_layer *layer, uint64_t offset);
	void (*free)(struct image_layer *layer);
	/* The number of bytes of the image file that this layer has used for its output so far. A
	 * layer is one stage of reading an image, such as a decoder. */
	uint64_t used_bytes;
	/* The number of bytes ignored so far because they follow the end of the compressed image.
	 * The number may grow until the whole file has been read. */
	uint64_t ignored_bytes;
};

static inline ssize_t image_layer_read(struct image_layer *layer, void *buf, size_t size,
				       struct error *err)
{
	return layer->read(layer, buf, size, err);
}

/* Frees a layer, which is one stage of reading an image, such as a decoder. The layer may be
 * NULL. */
static inline void image_layer_free(struct image_layer *layer)
{
	if (layer)
		layer->free(layer);
}

#endif
