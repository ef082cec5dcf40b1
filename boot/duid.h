/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the unique id that the factory stored in a board. The board reports this id in C40 code
 * (docs/protocol.md, section 4). */
#ifndef BOOT_DUID_H
#define BOOT_DUID_H

#include <stddef.h>

/* The size of a buffer for the unique id of a board. A message of a board cannot contain a longer
 * id. */
#define DUID_SIZE 192

/* Decodes the unique id that the factory stored in a board.
 * words: the C40 code of the id, as 32-bit words in hexadecimal that underscores separate.
 * Returns: 0, -EINVAL (words is not C40 code), or -ENOSPC (the id does not fit). After an error,
 * ret is unchanged. */
int duid_decode(const char *words, char *ret, size_t size);

#endif
