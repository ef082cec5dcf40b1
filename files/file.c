/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file that is already open, from a directory or from an archive. If the file has become
 * shorter since it was opened, reading it fails. */
#include "files/internal.h"

#include "util/error.h"
#include "boot/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int file_new(struct file **ret, size_t struct_bytes, const struct file_ops *ops, uint64_t size,
	     const char *path, struct error *err)
{
	struct file *file;

	if (size > WIRE_LENGTH_MAX)
		return error_set(
			err, -EFBIG,
			"'%s' is too large: it has %llu bytes, but a board accepts at most %d",
			path, (unsigned long long)size, WIRE_LENGTH_MAX);
	file = calloc(1, struct_bytes);
	if (file)
		file->path = strdup(path);
	if (!file || !file->path) {
		free(file);
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", path);
	}
	file->ops = ops;
	file->size = size;
	*ret = file;
	return 0;
}

struct file *file_free(struct file *file)
{
	if (!file)
		return NULL;
	if (file->ops->close)
		file->ops->close(file);
	free(file->path);
	free(file);
	return NULL;
}

uint64_t file_size(const struct file *file)
{
	return file->size;
}

const char *file_path(const struct file *file)
{
	return file->path;
}

int file_rewind(struct file *file, struct error *err)
{
	int r = file->touched && file->ops->rewind ? file->ops->rewind(file, err) : 0;

	if (r < 0)
		return r;
	file->offset = 0;
	file->touched = false;
	return 0;
}

ssize_t file_read(void *ctx, void *buf, size_t size, struct error *err)
{
	struct file *file = ctx;
	uint64_t left = file->size - file->offset;
	ssize_t n;

	if (left == 0)
		return 0;
	file->touched = true;
	n = file->ops->read(file, buf, size < left ? size : left, err);
	if (n == 0)
		return error_set(err, -EIO,
				 "'%s' ends at byte %llu but had %llu bytes when it was opened: "
				 "another program changed it; start again",
				 file->path, (unsigned long long)file->offset,
				 (unsigned long long)file->size);
	if (n > 0)
		file->offset += (uint64_t)n;
	return n;
}

const char *file_damage(const char *head, size_t size, bool whole)
{
	static const char lfs[] = "version https://git-lfs";
	bool slash = false;

	if (size >= strlen(lfs) && memcmp(head, lfs, strlen(lfs)) == 0)
		return "is a Git LFS pointer, not the file itself; run 'git lfs pull' in its "
		       "repository";
	if (whole && size && head[size - 1] == '\n')
		size--;
	for (size_t i = 0; i < size; i++) {
		if (head[i] <= 0x20 || head[i] > 0x7e)
			return NULL;
		slash = slash || head[i] == '/';
	}
	if (whole && slash)
		return "contains only a path: it is a symbolic link that was checked out as a text "
		       "file; replace it by the file that it names";
	return NULL;
}
