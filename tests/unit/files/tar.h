/* SPDX-License-Identifier: Apache-2.0 */
/* Archives for tests, made by libarchive's writer, and the raw headers that it would refuse to
 * make. */
#ifndef TESTS_TAR_H
#define TESTS_TAR_H

#include "tests/unit/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>

struct tar_member {
	const char *name;
	const char *text; /* content; or where link: what it links to */
	mode_t type;	  /* AE_IFREG where 0 */
	int hardlink;
	size_t size; /* of content where it is no text: bytes as of tar_byte() */
};

/* Content that is nowhere the same. */
unsigned char tar_byte(uint64_t offset);

/* format: "ustar", "gnutar", "pax", ... Ends at the first member without a name. */
void tar_write(const char *path, const char *format, const struct tar_member *members);

/* One ustar header with a right checksum. size: the field's 12 bytes as they are. */
void tar_header(char ret[512], const char *name, char type, const char *size);

#endif
