/* SPDX-License-Identifier: Apache-2.0 */
/* Checks zip files by PKWARE's APPNOTE 6.3. The central directory at the end of a zip file lists
 * the files in it:
 *
 *     files  directory  [zip64 end of directory  zip64 locator]  end of directory  comment
 *
 * libarchive's seekable reader cannot replace this parser. It accepts trailing data
 * (garbage_at_the_end_is_refused) and another size in the directory
 * (a_false_size_of_a_zip_file_is_noticed). It does not recognize an empty zip file
 * (a_zip_file_with_one_file_is_accepted) and some zip64 files (numbers_of_64_bits_are_read). It
 * does not distinguish a truncated file from a damaged one (a_cut_file_is_refused,
 * a_hostile_zip_directory_is_refused). */
#include "image/probe.h"

#include "util/bytes.h"
#include "util/error.h"
#include "image/probe_internal.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>

#define ZIP_END_MAGIC	  0x06054b50U
#define ZIP_LOCATOR_MAGIC 0x07064b50U
#define ZIP_END64_MAGIC	  0x06064b50U
#define ZIP_ENTRY_MAGIC	  0x02014b50U
#define ZIP_END_BYTES	  22
#define ZIP_LOCATOR_BYTES 20
#define ZIP_END64_BYTES	  56
#define ZIP_ENTRY_BYTES	  46
/* The maximum number of entries in a zip file. A zip file with one image and some directories has
 * far fewer entries. */
#define ZIP_ENTRIES_MAX	   65536
#define ZIP_FLAG_ENCRYPTED 0x0001
#define ZIP_EXTRA_64	   0x0001
#define ZIP_NOT_IN_32	   0xffffffffU
#define ZIP_MADE_BY_UNIX   3
/* The external attributes of a zip entry contain the Unix mode of the file in their upper 16 bits.
 * The file type in this mode begins at bit 28. */
#define ZIP_UNIX_TYPE_SHIFT 28
#define ZIP_UNIX_FILE	    010
#define ZIP_UNIX_FIFO	    001

/* The central directory of a zip file: its offset, size in bytes, and number of entries. */
struct zip_end {
	uint64_t offset, bytes, entries;
};

struct zip_entry {
	char name[128]; /* in printable form, for messages */
	uint32_t flags;
	uint64_t bytes; /* decompressed size */
	bool directory, regular;
};

/* Searches the last bytes of a zip file for its "end of directory" record. The comment in this
 * record must end exactly at the end of the file. */
static const unsigned char *zip_find_end(const unsigned char *tail, size_t tail_bytes)
{
	for (size_t back = ZIP_END_BYTES; back <= tail_bytes; back++) {
		const unsigned char *end = tail + tail_bytes - back;

		if (bytes_le32(end) == ZIP_END_MAGIC &&
		    bytes_le16(end + 20) == back - ZIP_END_BYTES)
			return end;
	}
	return NULL;
}

/* Parses the "end of directory" record of a zip file, which must directly follow the directory.
 * Returns: 0, -EBADMSG (the record is missing or damaged) or -EINVAL (one part of a split zip
 * file). */
static int zip_read_end(const struct image_file *file, const unsigned char *tail, size_t tail_bytes,
			uint64_t file_bytes, struct zip_end *ret, struct error *err)
{
	const unsigned char *end = zip_find_end(tail, tail_bytes);
	size_t before = end ? (size_t)(end - tail) : 0;
	uint64_t directory_end = file_bytes - (tail_bytes - before);

	if (!end)
		return image_probe_bad_end(file, "no directory at the end of the zip file", err);
	if (bytes_le16(end + 4) != bytes_le16(end + 6))
		return error_set(err, -EINVAL, "%s is one part of a split zip file; join the parts",
				 file->name);
	ret->entries = bytes_le16(end + 10);
	ret->bytes = bytes_le32(end + 12);
	ret->offset = bytes_le32(end + 16);
	if (before >= ZIP_LOCATOR_BYTES + ZIP_END64_BYTES &&
	    bytes_le32(end - ZIP_LOCATOR_BYTES) == ZIP_LOCATOR_MAGIC) {
		const unsigned char *end64 = end - ZIP_LOCATOR_BYTES - ZIP_END64_BYTES;

		if (bytes_le32(end64) != ZIP_END64_MAGIC)
			return image_probe_damaged(file, "its zip64 end record is missing", err);
		ret->entries = bytes_le64(end64 + 32);
		ret->bytes = bytes_le64(end64 + 40);
		ret->offset = bytes_le64(end64 + 48);
		directory_end -= ZIP_LOCATOR_BYTES + ZIP_END64_BYTES;
	}
	if (ret->offset > directory_end || ret->bytes != directory_end - ret->offset)
		return image_probe_bad_end(file, "misplaced zip directory", err);
	return 0;
}

int image_probe_zip_tail(const struct image_file *file, const unsigned char *tail,
			 size_t tail_bytes, uint64_t end, struct error *err)
{
	struct zip_end ignored;

	return zip_read_end(file, tail, tail_bytes, end, &ignored, err);
}

/* Reads the 64-bit size of a zip entry from its zip64 extra field. The field contains this size
 * only if the 32-bit size is 0xffffffff. */
static void zip_extra_size(const unsigned char *extra, size_t bytes, uint64_t *size)
{
	while (*size == ZIP_NOT_IN_32 && bytes >= 4) {
		size_t field = bytes_le16(extra + 2);

		if (field > bytes - 4)
			return;
		if (bytes_le16(extra) == ZIP_EXTRA_64 && field >= 8) {
			*size = bytes_le64(extra + 4);
			return;
		}
		extra += 4 + field;
		bytes -= 4 + field;
	}
}

static int zip_read_entry(struct image_walk *walk, struct zip_entry *ret, struct error *err)
{
	/* The buffer `field` is used twice: for the file name of the entry, and later for its extra
	 * field. */
	unsigned char head[ZIP_ENTRY_BYTES] = {0}, field[UINT16_MAX + 1];
	size_t name_bytes, extra_bytes;
	uint32_t type;
	int r = image_walk_get(walk, head, sizeof(head), err);

	if (r < 0)
		return r;
	if (bytes_le32(head) != ZIP_ENTRY_MAGIC)
		return image_probe_damaged(walk->file, "its zip directory", err);
	name_bytes = bytes_le16(head + 28);
	extra_bytes = bytes_le16(head + 30);
	ret->flags = bytes_le16(head + 8);
	ret->bytes = bytes_le32(head + 24);
	r = image_walk_get(walk, field, name_bytes, err);
	if (r < 0)
		return r;
	field[name_bytes] = '\0';
	text_printable((const char *)field, ret->name, sizeof(ret->name));
	ret->directory = name_bytes > 0 && field[name_bytes - 1] == '/';
	r = image_walk_get(walk, field, extra_bytes, err);
	if (r < 0)
		return r;
	zip_extra_size(field, extra_bytes, &ret->bytes);
	walk->offset += bytes_le16(head + 32); /* skip the comment of the entry */
	type = head[5] == ZIP_MADE_BY_UNIX ? bytes_le32(head + 38) >> ZIP_UNIX_TYPE_SHIFT : 0;
	/* An entry of the type "pipe" counts as a regular file, because zip programs may store
	 * standard input with this type. */
	ret->regular =
		!ret->directory && (type == 0 || type == ZIP_UNIX_FILE || type == ZIP_UNIX_FIFO);
	return 0;
}

/* Checks that an entry is the only file in a zip file, and that it is regular, unencrypted and not
 * empty. `first` is an earlier file in the same zip file, or NULL. */
static int zip_check_entry(const struct image_file *file, const struct zip_entry *entry,
			   const struct zip_entry *first, struct error *err)
{
	const char *name = entry->name;

	if (first)
		return error_set(err, -EINVAL,
				 "%s contains several files, among them '%s' and '%s': the image "
				 "must be the only one",
				 file->name, first->name, name);
	if (!entry->regular)
		return error_set(err, -EINVAL,
				 "%s contains no regular file: '%s' in it is a link or a device; "
				 "unzip it first",
				 file->name, name);
	if (entry->flags & ZIP_FLAG_ENCRYPTED)
		return error_set(err, -EINVAL,
				 "%s cannot be expanded: '%s' in it is encrypted; decrypt it first",
				 file->name, name);
	if (entry->bytes == 0)
		return error_set(err, -EBADMSG, "%s contains no image: '%s' in it is empty",
				 file->name, name);
	return entry->bytes > INT64_MAX
		       ? image_probe_damaged(file, "wrong sizes in its zip directory", err)
		       : 0;
}

static int zip_walk(const struct image_file *file, const struct zip_end *end, uint64_t *ret_bytes,
		    struct error *err)
{
	struct image_walk walk = {.file = file, .offset = end->offset};
	struct zip_entry first;
	bool found = false;
	int r;

	for (uint64_t i = 0; i < end->entries && walk.offset < end->offset + end->bytes; i++) {
		struct zip_entry entry = {0};

		if (i == ZIP_ENTRIES_MAX)
			return error_set(err, -EINVAL,
					 "%s has more than %d entries, so it is not an archive "
					 "with one disk image",
					 file->name, ZIP_ENTRIES_MAX);
		r = zip_read_entry(&walk, &entry, err);
		if (r == 0 && !entry.directory)
			r = zip_check_entry(file, &entry, found ? &first : NULL, err);
		if (r < 0)
			return r;
		if (!entry.directory) {
			*ret_bytes = entry.bytes;
			first = entry;
			found = true;
		}
	}
	if (walk.offset != end->offset + end->bytes)
		return image_probe_damaged(file, "its zip directory", err);
	if (!found)
		return error_set(err, -EINVAL,
				 "the zip archive %s contains no file and therefore no image",
				 file->name);
	return 0;
}

int image_probe_zip(const struct image_file *file, uint64_t *ret_bytes, struct error *err)
{
	size_t tail_bytes =
		file->bytes < IMAGE_ZIP_TAIL_BYTES ? (size_t)file->bytes : IMAGE_ZIP_TAIL_BYTES;
	cleanup_free unsigned char *tail = malloc(tail_bytes);
	struct zip_end end = {0};
	int r;

	if (!tail)
		return error_set(err, -ENOMEM, "out of memory while reading %s", file->name);
	r = image_file_read_at(file, tail, tail_bytes, file->bytes - tail_bytes, err);
	if (r == 0)
		r = zip_read_end(file, tail, tail_bytes, file->bytes, &end, err);
	return r < 0 ? r : zip_walk(file, &end, ret_bytes, err);
}
