/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of text. For image_kind.c. */
#ifndef FLASH_IMAGE_KIND_TEXT_H
#define FLASH_IMAGE_KIND_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct image_kind;

/* As image_kind_of(). */
bool image_kind_of_text(struct image_kind *ret, const unsigned char *head, size_t size);

#endif
