/* SPDX-License-Identifier: Apache-2.0 */
/* Expands LZ4 frames in memory. */
#ifndef EEPROM_LZ4_H
#define EEPROM_LZ4_H

#include <stddef.h>

struct error;

/* The maximum size in bytes of decompressed LZ4 data. Larger data is rejected. The files of
 * released firmware have at most 1.3 MB. */
#define LZ4_BYTES_MAX (16 * 1024 * 1024)

/* Decompresses data that must be exactly one LZ4 frame.
 * Returns: 0, -EBADMSG (no frame, a damaged one, or bytes after it), -EFBIG, or -ENOMEM.
 * Ownership: the caller frees *ret with free(). */
int lz4_expand(const void *data, size_t size, unsigned char **ret, size_t *ret_size,
	       struct error *err);

#endif
