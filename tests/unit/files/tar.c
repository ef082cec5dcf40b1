/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/files/tar.h"

unsigned char tar_byte(uint64_t offset)
{
	return (unsigned char)(offset * 31 + (offset >> 8) * 7 + (offset >> 16) * 3 + 5);
}

static void tar_content(struct archive *archive, const struct tar_member *member)
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

void tar_write(const char *path, const char *format, const struct tar_member *members)
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
