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
static inline unsigned char tar_byte(uint64_t offset)
{
	return (unsigned char)(offset * 31 + (offset >> 8) * 7 + (offset >> 16) * 3 + 5);
}

static inline void tar_content(struct archive *archive, const struct tar_member *member)
{
	static unsigned char buf[1 << 16];

	if (member->text)
		tree_must(archive_write_data(archive, member->text, strlen(member->text)) >= 0);
	for (size_t done = 0; !member->text && done < member->size;) {
		size_t n = member->size - done;

		n = n < sizeof(buf) ? n : sizeof(buf);
		for (size_t i = 0; i < n; i++)
			buf[i] = tar_byte(done + i);
		tree_must(archive_write_data(archive, buf, n) == (la_ssize_t)n);
		done += n;
	}
}

/* format: "ustar", "gnutar", "pax", ... Ends at the first member without a name. */
static inline void tar_write(const char *path, const char *format, const struct tar_member *members)
{
	struct archive *archive = archive_write_new();

	tree_must(archive_write_set_format_by_name(archive, format) == ARCHIVE_OK);
	tree_must(archive_write_open_filename(archive, path) == ARCHIVE_OK);
	for (const struct tar_member *member = members; member->name; member++) {
		struct archive_entry *entry = archive_entry_new();
		mode_t type = member->type ? member->type : AE_IFREG;
		size_t size = member->text ? strlen(member->text) : member->size;
		int content = type == AE_IFREG && !member->hardlink;

		archive_entry_set_pathname(entry, member->name);
		archive_entry_set_filetype(entry, type);
		archive_entry_set_perm(entry, 0644);
		if (type == AE_IFLNK)
			archive_entry_set_symlink(entry, member->text);
		if (member->hardlink)
			archive_entry_set_hardlink(entry, member->text);
		archive_entry_set_size(entry, content ? (la_int64_t)size : 0);
		tree_must(archive_write_header(archive, entry) >= ARCHIVE_WARN);
		if (content)
			tar_content(archive, member);
		archive_entry_free(entry);
	}
	tree_must(archive_write_free(archive) == ARCHIVE_OK);
}

/* One ustar header with a right checksum. size: the field's 12 bytes as they are. */
static inline void tar_header(char ret[512], const char *name, char type, const char *size)
{
	unsigned int sum = 0;

	memset(ret, 0, 512);
	snprintf(ret, 100, "%s", name);
	strcpy(ret + 100, "0000644");
	strcpy(ret + 108, "0000000");
	strcpy(ret + 116, "0000000");
	memcpy(ret + 124, size, 12);
	strcpy(ret + 136, "00000000000");
	memset(ret + 148, ' ', 8);
	ret[156] = type;
	memcpy(ret + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)ret[i];
	snprintf(ret + 148, 8, "%06o", sum);
}

#endif
