/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the unique id that the factory stored in a board, and that the board reports in C40 code
 * (docs/protocol.md, section 4). This file does not know how the id is transferred. */
#ifndef BOOT_DUID_H
#define BOOT_DUID_H

#include <stddef.h>

/* A buffer of this many bytes is large enough for the unique id in any message of a board. */
#define DUID_SIZE 192

/* Decodes the unique id of a board.
 * words: 32-bit words in hexadecimal, separated by underscores.
 * Returns: 0, -EINVAL (words is not C40 code; ret is unchanged), or -ENOSPC (the id does not fit;
 * ret is unchanged). */
int duid_decode(const char *words, char *ret, size_t size);

#endif
