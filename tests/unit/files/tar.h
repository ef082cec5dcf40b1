/* SPDX-License-Identifier: Apache-2.0 */
/* Archives for tests. libarchive writes them, except for raw headers that it would refuse to write.
 */
#ifndef TESTS_TAR_H
#define TESTS_TAR_H

#include "tests/unit/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>

struct tar_member {
	const char *name;
	const char *text; /* content; or the target if it is a link */
	mode_t type;	  /* 0: AE_IFREG */
	int hardlink;
	size_t size; /* size of content without a text: bytes of tar_byte() */
};

/* Returns: a byte of content that does not repeat. */
unsigned char tar_byte(uint64_t offset);

/* format: "ustar", "gnutar", "pax", ... The list ends with a member without a name. */
void tar_write(const char *path, const char *format, const struct tar_member *members);

/* Makes an ustar header with a correct checksum. size: the 12 bytes of its field. */
void tar_header(char ret[512], const char *name, char type, const char *size);

#endif
