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
	/* Moves the read position of the layer forward to offset, so that the bytes before offset
	 * are not read. The pointer is NULL if the layer must read all bytes in order. */
	void (*skip_to)(struct image_layer *layer, uint64_t offset);
	void (*free)(struct image_layer *layer);
	/* The number of bytes of the image file that the layer has read and used for its output so
	 * far. */
	uint64_t used_bytes;
	/* The number of ignored bytes after the end of the compressed data. More bytes may be
	 * counted until the layer has read the whole file. */
	uint64_t ignored_bytes;
};

static inline ssize_t image_layer_read(struct image_layer *layer, void *buf, size_t size,
				       struct error *err)
{
	return layer->read(layer, buf, size, err);
}

/* Frees a layer, such as a decoder for a compressed image. The function accepts NULL and returns
 * NULL. */
static inline struct image_layer *image_layer_free(struct image_layer *layer)
{
	if (layer)
		layer->free(layer);
	return NULL;
}

#endif
