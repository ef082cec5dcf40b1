/* SPDX-License-Identifier: Apache-2.0 */
/* The factory's unique id, which the board tells in C40 code (PROTOCOL.md section 4). */
#ifndef DUID_H
#define DUID_H

#include <stddef.h>

#define DUID_SIZE 192 /* enough for every id that fits into a board's message */

/* words: underscore-separated 32-bit hexadecimal words. 0, or -EINVAL (not of that form; ret
 * untouched), or -ENOSPC. */
int duid_decode(const char *words, char *ret, size_t size);

#endif
