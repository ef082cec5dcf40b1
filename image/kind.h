/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is that is no disk image: the page of a failed download, an archive, a disk of a
 * virtual machine, a program. Reads bytes that are in memory. */
#ifndef FLASH_IMAGE_KIND_H
#define FLASH_IMAGE_KIND_H

#include <stdbool.h>
#include <stddef.h>

struct image_kind {
	const char *name;   /* "an HTML page" */
	const char *remedy; /* what to do instead */
};

#define IMAGE_KIND_HEAD_BYTES 4096	  /* enough for all kinds but the disc images */
#define IMAGE_KIND_ALL_BYTES  (36 * 1024) /* enough for all of them */
#define IMAGE_KIND_TAIL_BYTES 512

/* True: the bytes show a partition table, or a file system that can be a disk's only one. What
 * shows one of them is an image, whatever else it looks like. */
bool image_kind_is_disk(const unsigned char *head, size_t size);

/* The kind of the file that begins with head; false: it may be a disk image. size: all of the file,
 * or IMAGE_KIND_HEAD_BYTES and more. */
bool image_kind_of(struct image_kind *ret, const unsigned char *head, size_t size);

/* The same by the last IMAGE_KIND_TAIL_BYTES of a file. */
bool image_kind_of_tail(struct image_kind *ret, const unsigned char *tail);

#endif
