/* SPDX-License-Identifier: Apache-2.0 */
/* Examines the content of a file to detect that it is not a disk image but, for example, an
 * archive, a program or the HTML page of a failed download. */
#ifndef IMAGE_KIND_H
#define IMAGE_KIND_H

#include <stdbool.h>
#include <stddef.h>

struct image_kind {
	const char *name;   /* for example "an HTML page" */
	const char *remedy; /* the advice to the user */
};

/* The first 4096 bytes of a file are enough to detect every kind of file except the images of CDs
 * and DVDs (ISO 9660, UDF). */
#define IMAGE_KIND_HEAD_BYTES 4096
#define IMAGE_KIND_ALL_BYTES  (36 * 1024) /* enough to detect every kind of file */
#define IMAGE_KIND_TAIL_BYTES 512

/* Stores a name for a kind of files, such as "a PDF document", and the remedy for the user in *ret.
 * Returns: true, so that a caller can return the result of this function. */
bool image_kind_set(struct image_kind *ret, const char *name, const char *remedy);

/* Returns: true if the file that begins with head, of size bytes, has a partition table, or a file
 * system that can fill a whole disk. Such a file is a disk image even if it also resembles another
 * kind of file. */
bool image_kind_is_disk(const unsigned char *head, size_t size);

/* Examines the first `size` bytes of a file, which are in `head`, to detect that it is not a disk
 * image but, for example, an archive. `size` must be at least IMAGE_KIND_HEAD_BYTES unless the file
 * is shorter.
 * Returns: true, with the kind of the file in *ret; or false if the file may be a disk image. */
bool image_kind_of(struct image_kind *ret, const unsigned char *head, size_t size);

/* Detects text files, such as HTML pages, which are never disk images. The function is in
 * image/kind_text.c, and only image_kind_of() calls it.
 * Parameters and Returns: like image_kind_of(). */
bool image_kind_of_text(struct image_kind *ret, const unsigned char *head, size_t size);

/* Examines the last 512 bytes of a file, which are in `tail`, to detect that it is not a disk
 * image.
 * Returns: true with the kind of the file in *ret, or false if the file may be a disk image. */
bool image_kind_of_tail(struct image_kind *ret, const unsigned char *tail);

#endif
