/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files in bootfiles.bin, a plain tar archive, through libarchive. Each search reads the
 * headers of the archive again, because another program may have replaced the archive. */
#include "files/internal.h"

#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define TAR_RECORD_BYTES 512
/* The maximum number of links that the program checks in a tar archive, because each check reads
 * the archive once more. */
#define TAR_LINKS_MAX 64
/* The maximum number of members in a tar archive. Larger archives take too long to read, so they
 * are refused. Real archives of boot files have a few dozen members. */
#define TAR_MEMBERS_MAX 65536

/* The state while a tar archive is read once, from its first member to its last. */
struct tar {
	int fd;
	/* The size of the archive file, and the position at which libarchive reads it next, in
	 * bytes. */
	uint64_t size, offset;
	/* The errno of a failed read of the archive file, or 0. */
	int read_errno;
	const char *path; /* path of the archive; not owned */
	struct archive *archive;
	unsigned int members;
	char buf[64 * 1024];
};

struct tar_file {
	struct file file;
	struct tar *tar;
	char member[]; /* the name of the member */
};

static la_ssize_t tar_on_read(struct archive *archive, void *ctx, const void **ret_buf)
{
	struct tar *tar = ctx;
	ssize_t n = util_pread(tar->fd, tar->buf, sizeof(tar->buf), tar->offset);

	if (n < 0) {
		tar->read_errno = (int)-n;
		archive_set_error(archive, (int)-n, "cannot be read");
		return -1;
	}
	tar->offset += (uint64_t)n;
	*ret_buf = tar->buf;
	return n;
}

/* Skips bytes of the tar archive, but not past its end. If the last member is incomplete, the next
 * read returns 0 bytes, and libarchive reports an error. */
static la_int64_t tar_on_skip(struct archive *archive, void *ctx, la_int64_t request)
{
	struct tar *tar = ctx;
	uint64_t left = tar->size > tar->offset ? tar->size - tar->offset : 0;
	uint64_t skip = (uint64_t)request < left ? (uint64_t)request : left;

	(void)archive;
	tar->offset += skip;
	return (la_int64_t)skip;
}

/* Converts an error of libarchive to a negative errno and a sentence for the user. */
static int tar_error(const struct tar *tar, struct error *err)
{
	const char *reason = archive_error_string(tar->archive);
	char head[1024], text[256];
	const char *damage;
	ssize_t n;

	if (tar->read_errno)
		return error_set(err, -EIO, "cannot read '%s': %s", tar->path,
				 strerror(tar->read_errno));
	if (archive_errno(tar->archive) == ENOMEM)
		return error_set(err, -ENOMEM, "out of memory while reading '%s'", tar->path);
	n = pread(tar->fd, head, sizeof(head), 0);
	damage = n > 0 ? file_damage(head, (size_t)n, (uint64_t)n == tar->size) : NULL;
	if (damage)
		return error_set(err, -EBADMSG, "'%s' %s", tar->path, damage);
	text_printable(reason ? reason : "unknown damage", text, sizeof(text));
	return error_set(err, -EBADMSG,
			 "'%s' is damaged or not a plain tar archive (%s); fetch it again",
			 tar->path, text);
}

/* Makes libarchive read the tar archive from its beginning again. */
static int tar_start(struct tar *tar, struct error *err)
{
	archive_read_free(tar->archive);
	tar->offset = 0;
	tar->read_errno = 0;
	tar->members = 0;
	tar->archive = archive_read_new();
	if (!tar->archive)
		return error_set(err, -ENOMEM, "out of memory while reading '%s'", tar->path);
	/* Set the callback data in a separate call, and check the result. archive_read_open2() also
	 * sets the data, but ignores a failure, and then crashes. */
	if (archive_read_support_filter_none(tar->archive) != ARCHIVE_OK ||
	    archive_read_support_format_tar(tar->archive) != ARCHIVE_OK ||
	    archive_read_set_callback_data(tar->archive, tar) != ARCHIVE_OK ||
	    archive_read_open2(tar->archive, tar, NULL, tar_on_read, tar_on_skip, NULL) !=
		    ARCHIVE_OK)
		return tar_error(tar, err);
	return 0;
}

static void tar_free(struct tar *tar)
{
	if (!tar)
		return;
	archive_read_free(tar->archive);
	close(tar->fd);
	free(tar);
}

static void tar_free_ptr(struct tar **tar)
{
	tar_free(*tar);
}

static int tar_open(int dir_fd, const char *name, const char *path, struct tar **ret,
		    struct error *err)
{
	cleanup(tar_free_ptr) struct tar *tar = NULL;
	cleanup_fd int fd = -1;
	uint64_t bytes;
	int r = files_dir_open(dir_fd, name, path, &fd, &bytes, err);

	if (r < 0)
		return r;
	if (bytes == 0)
		return error_set(
			err, -EBADMSG,
			"'%s' is empty (0 bytes) but should be a tar archive; fetch it again",
			path);
	tar = calloc(1, sizeof(*tar));
	if (!tar)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", path);
	tar->fd = fd;
	fd = -1;
	tar->size = bytes;
	tar->path = path;
	r = tar_start(tar, err);
	if (r < 0)
		return r;
	*ret = take_ptr(tar);
	return 0;
}

/* Reads the header of the next member of a tar archive.
 * Returns: 1 (*ret is the member, valid until the next call), 0 (no more members), or -Exxx. */
static int tar_next(struct tar *tar, struct archive_entry **ret, struct error *err)
{
	uint64_t position;
	int r = archive_read_next_header(tar->archive, ret);

	/* libarchive returns ARCHIVE_WARN if, for example, the name of an archive member is in
	 * another character set. No board can request such a name, so this is no error. */
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN) {
		if (++tar->members > TAR_MEMBERS_MAX)
			return error_set(
				err, -EBADMSG,
				"'%s' has more than %d members: it is not an archive of boot files",
				tar->path, TAR_MEMBERS_MAX);
		return 1;
	}
	if (r != ARCHIVE_EOF)
		return tar_error(tar, err);
	/* A tar archive ends with a record of zeros, but libarchive also accepts an archive without
	 * it. Such an archive was cut off between two members, so refuse it. */
	position = (uint64_t)archive_read_header_position(tar->archive);
	if (tar->size < position + TAR_RECORD_BYTES)
		return error_set(err, -EBADMSG,
				 "'%s' is cut off at byte %llu: the end mark of a tar archive is "
				 "missing; fetch it again",
				 tar->path, (unsigned long long)tar->size);
	return 0;
}

/* Removes leading "./" from the name of an archive member, because `tar -c .` writes
 * "./2711/start4.elf". libarchive returns NULL if the character set cannot represent the name, and
 * this function then returns NULL, too. */
static const char *member_name(const char *member)
{
	while (member && member[0] == '.' && member[1] == '/')
		member += 2;
	return member;
}

static bool member_is_file(struct archive_entry *entry)
{
	return archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);
}

/* Searches for the first file with this name after the current position in the archive.
 * Returns: 0, -ENOENT, or another -Exxx. If a hard link of this name comes first, the result is
 * -ENOENT, and *ret_target is the target of the link.
 * Ownership: the caller frees *ret_target with free(). */
static int tar_seek(struct tar *tar, const char *member, uint64_t *ret_bytes, char **ret_target,
		    struct error *err)
{
	struct archive_entry *entry;
	const char *name, *target;
	int r;

	while ((r = tar_next(tar, &entry, err)) > 0) {
		name = member_name(archive_entry_pathname(entry));
		if (!name || strcasecmp(name, member) != 0)
			continue;
		if (member_is_file(entry)) {
			*ret_bytes = (uint64_t)archive_entry_size(entry);
			return 0;
		}
		target = member_name(archive_entry_hardlink(entry));
		if (!target)
			continue;
		*ret_target = strdup(target);
		if (!*ret_target)
			return error_set(err, -ENOMEM, "out of memory while reading '%s'",
					 tar->path);
		return -ENOENT;
	}
	return r < 0 ? r : -ENOENT;
}

/* Searches a tar archive from its start for a file. If it finds a hard link, it searches for the
 * target of the link. One step is enough, because tar never writes a hard link to another hard
 * link. */
static int tar_find(struct tar *tar, const char *member, uint64_t *ret_bytes, struct error *err)
{
	cleanup_free char *target = NULL, *ignored = NULL;
	int r = tar_seek(tar, member, ret_bytes, &target, err);

	if (r != -ENOENT || !target)
		return r;
	r = tar_start(tar, err);
	if (r < 0)
		return r;
	return tar_seek(tar, target, ret_bytes, &ignored, err);
}

static ssize_t tar_file_read(struct file *file, void *buf, size_t size, struct error *err)
{
	struct tar_file *tar_file = (struct tar_file *)file;
	la_ssize_t n = archive_read_data(tar_file->tar->archive, buf, size);

	if (n > 0)
		return n;
	if (n == 0) {
		/* The file in the archive has more bytes than libarchive delivered, because
		 * libarchive omits a hole at the end of a sparse file. Deliver zeros for the hole.
		 * (For a truncated archive, libarchive returns an error.) */
		memset(buf, 0, size);
		return (ssize_t)size;
	}
	tar_error(tar_file->tar, err);
	/* The archive was valid when it was opened. Another program has changed it since then. */
	if (err)
		err->code = -EIO;
	return -EIO;
}

static int tar_file_rewind(struct file *file, struct error *err)
{
	struct tar_file *tar_file = (struct tar_file *)file;
	uint64_t bytes = 0;
	int r = tar_start(tar_file->tar, err);

	if (r == 0)
		r = tar_find(tar_file->tar, tar_file->member, &bytes, err);
	if (r == -ENOENT || (r == 0 && bytes != file->size))
		return error_set(err, -EIO, "'%s' was changed while it was in use; start again",
				 file->path);
	return r;
}

static void tar_file_close(struct file *file)
{
	tar_free(((struct tar_file *)file)->tar);
}

static const struct file_ops tar_file_ops = {
	.read = tar_file_read,
	.rewind = tar_file_rewind,
	.close = tar_file_close,
};

int files_tar_get(int dir_fd, const char *name, const char *path, const char *member,
		  struct file **ret, struct error *err)
{
	cleanup(tar_free_ptr) struct tar *tar = NULL;
	struct tar_file *tar_file;
	cleanup_free char *full = NULL;
	uint64_t bytes = 0;
	int r = tar_open(dir_fd, name, path, &tar, err);

	if (r == 0)
		r = tar_find(tar, member, &bytes, err);
	if (r < 0)
		return r;
	full = text_new("%s:%s", path, member);
	if (!full)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", path);
	r = file_new(ret, sizeof(*tar_file) + strlen(member) + 1, &tar_file_ops, bytes, full, err);
	if (r < 0)
		return r;
	tar_file = (struct tar_file *)*ret;
	/* The caller of files_tar_get() may free `path` later. Use the copy of the path that
	 * file_new() has made. */
	tar->path = tar_file->file.path;
	tar_file->tar = take_ptr(tar);
	strcpy(tar_file->member, member);
	return 0;
}

int files_tar_check(int dir_fd, const char *name, const char *path, struct error *err)
{
	cleanup(tar_free_ptr) struct tar *tar = NULL;
	struct archive_entry *entry;
	bool has_file = false;
	int r = tar_open(dir_fd, name, path, &tar, err);

	if (r < 0)
		return r;
	while ((r = tar_next(tar, &entry, err)) > 0)
		has_file = has_file || member_is_file(entry);
	if (r == 0 && !has_file)
		return error_set(err, -EBADMSG,
				 "the archive '%s' contains no file; fetch the archive again",
				 path);
	return r;
}

void files_tar_names(int dir_fd, const char *name, void (*fn)(const char *member, void *ctx),
		     void *ctx)
{
	cleanup(tar_free_ptr) struct tar *tar = NULL;
	struct archive_entry *entry;

	if (tar_open(dir_fd, name, name, &tar, NULL) < 0)
		return;
	while (tar_next(tar, &entry, NULL) > 0) {
		const char *member = member_name(archive_entry_pathname(entry));

		if (member && (member_is_file(entry) || archive_entry_hardlink(entry)))
			fn(member, ctx);
	}
}

void files_tar_links(int dir_fd, const char *name,
		     void (*fn)(const char *member, const char *target, void *ctx), void *ctx)
{
	cleanup(tar_free_ptr) struct tar *tar = NULL;
	unsigned int left = TAR_LINKS_MAX;
	struct archive_entry *entry;
	uint64_t bytes;

	if (tar_open(dir_fd, name, name, &tar, NULL) < 0)
		return;
	while (left && tar_next(tar, &entry, NULL) > 0) {
		cleanup(tar_free_ptr) struct tar *again = NULL;
		const char *member = member_name(archive_entry_pathname(entry));
		const char *hard = archive_entry_hardlink(entry);

		if (!member || member_is_file(entry) ||
		    (!hard && archive_entry_filetype(entry) == AE_IFDIR))
			continue;
		left--;
		if (tar_open(dir_fd, name, name, &again, NULL) == 0 &&
		    tar_find(again, member, &bytes, NULL) == -ENOENT)
			fn(member, hard ? hard : archive_entry_symlink(entry), ctx);
	}
}
