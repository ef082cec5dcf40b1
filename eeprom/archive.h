/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces one file in a tar archive that is in memory, such as a bootfiles.bin. All other bytes of
 * the archive stay the same. */
#ifndef EEPROM_ARCHIVE_H
#define EEPROM_ARCHIVE_H

#include <stddef.h>

struct error;

/* Makes a copy of a tar archive in which the regular file `member` has new content. The comparison
 * of names ignores case.
 * Returns: 0, -ENOENT (no such member, or a name in an extended header), -EBADMSG (damaged
 * archive), -EFBIG, or -ENOMEM.
 * Ownership: the caller frees *ret with free(). */
int archive_replace(unsigned char **ret, size_t *ret_size, const void *archive, size_t size,
		    const char *member, const void *content, size_t content_size,
		    struct error *err);

#endif
