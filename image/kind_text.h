/* SPDX-License-Identifier: Apache-2.0 */
/* Detects kinds of text files for image/kind.c. */
#ifndef IMAGE_KIND_TEXT_H
#define IMAGE_KIND_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct image_kind;

/* Detects text files, such as HTML pages, which are never disk images.
 * Parameters and Returns: like image_kind_of(). */
bool image_kind_of_text(struct image_kind *ret, const unsigned char *head, size_t size);

#endif
