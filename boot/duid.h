/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the unique id that the factory stored in a board. The board reports the id in C40 code
 * (docs/protocol.md, section 4). This file does not know how the id is transferred. */
#ifndef BOOT_DUID_H
#define BOOT_DUID_H

#include <stddef.h>

/* The buffer size that is sufficient for every id that fits into a message of a board. */
#define DUID_SIZE 192

/* Decodes an id.
 * words: 32-bit words in hexadecimal, separated by underscores.
 * Returns: 0, -EINVAL (words is not such a code; ret is unchanged), or -ENOSPC (the id does not
 * fit; ret is unchanged). */
int duid_decode(const char *words, char *ret, size_t size);

#endif
