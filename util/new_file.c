/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces a file so that other programs see either its old or its new content, but no mixture. */
#include "util/new_file.h"

#include "util/signals.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* A new file first gets a temporary name. It consists of the beginning of the final name, which has
 * at most this number of bytes, and of 18 more characters. A file name may have at most 255
 * bytes. */
#define NAME_PART 200

int new_file_create(struct new_file *ret, int dir_fd, const char *name)
{
	*ret = (struct new_file){
		.fd = -1,
		.dir_fd = dir_fd,
		.name = name,
		.held = signals_hold(),
	};
	/* The temporary file name is random. If it were fixed, other users who can write into the
	 * directory could create a file of this name first. */
	snprintf(ret->temporary, sizeof(ret->temporary), ".%.*s.%016llx", NAME_PART, name,
		 (unsigned long long)util_random());
	ret->fd = openat(dir_fd, ret->temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			 0644);
	if (ret->fd >= 0)
		return 0;
	ret->temporary[0] = '\0';
	return -errno;
}

int new_file_write(struct new_file *file, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(file->fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Flushes the directory of the new file to the disk, so that the name of the file survives a power
 * failure. If the file system cannot flush a directory, its error is ignored, because the file
 * itself is already on the disk. */
static int dir_sync(int dir_fd)
{
	return fsync(dir_fd) < 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT) ? -errno
											 : 0;
}

int new_file_commit(struct new_file *file)
{
	int fd = file->fd;

	if (fsync(fd) < 0)
		return -errno;
	file->fd = -1;
	if (close(fd) < 0 || renameat(file->dir_fd, file->temporary, file->dir_fd, file->name) < 0)
		return -errno;
	file->temporary[0] = '\0';
	return dir_sync(file->dir_fd);
}

void new_file_end(struct new_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	if (file->temporary[0])
		unlinkat(file->dir_fd, file->temporary, 0);
	file->temporary[0] = '\0';
	signals_release(file->held);
	file->held = 0;
}
