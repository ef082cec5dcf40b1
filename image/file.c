/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the file or pipe that contains an image, and reads its bytes without decompressing them. */
#include "image/file.h"

#include "util/error.h"
#include "image/image.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The maximum size in bytes of one read from a pipe while the format of the image is detected.
 * These bytes are kept in memory until the image is read, so the number is small. */
#define FILE_KEEP_BYTES (32 * 1024)
/* The interval in milliseconds at which a thread that waits for bytes from a pipe checks whether it
 * was canceled. */
#define FILE_POLL_MS 200

static ssize_t file_failed(const struct image_file *file, int code, struct error *err)
{
	return error_set(err, code, "reading %s failed: %s", file->name, strerror(-code));
}

/* Checks whether the wait for bytes from a pipe was canceled or has timed out.
 * Returns: 0 (keep waiting) or a negative errno value. */
static int file_give_up(const struct image_file *file, const atomic_bool *canceled,
			struct error *err)
{
	int r;

	if (canceled && atomic_load(canceled))
		return error_set(err, -ECANCELED, "reading %s was canceled", file->name);
	r = !canceled && file->wait ? file->wait->give_up(file->wait->ctx) : 0;
	if (r == -ETIMEDOUT)
		return error_set(err, r,
				 "%s did not deliver its first bytes in time; check the program "
				 "that writes the image",
				 file->name);
	if (r < 0)
		return error_set(err, r, "interrupted while waiting for the first bytes of %s",
				 file->name);
	return 0;
}

/* Waits until the pipe has bytes and reads at least one of them.
 * Returns: the number of bytes, 0 (the end of the pipe), or a negative errno value. */
static ssize_t file_pipe_read(const struct image_file *file, void *buf, size_t size,
			      const atomic_bool *canceled, struct error *err)
{
	struct pollfd pollfd = {.fd = file->fd, .events = POLLIN};
	ssize_t n;
	int r;

	for (;;) {
		r = file_give_up(file, canceled, err);
		if (r < 0)
			return r;
		/* Wait until the pipe has bytes before each read. A read from a FIFO that has no
		 * writer yet returns 0 bytes, which looks like the end of the FIFO. */
		r = poll(&pollfd, 1, canceled || file->wait ? FILE_POLL_MS : -1);
		if (r < 0 && errno != EINTR)
			return file_failed(file, -errno, err);
		if (r <= 0)
			continue;
		n = read(file->fd, buf, size);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return file_failed(file, -errno, err);
	}
}

static ssize_t file_pread(const struct image_file *file, void *buf, size_t size, uint64_t offset,
			  struct error *err)
{
	ssize_t n = util_pread(file->fd, buf, size, offset);

	return n < 0 ? file_failed(file, (int)n, err) : n;
}

static int file_shrunk(const struct image_file *file, struct error *err)
{
	return error_set(err, -EIO, "%s was shortened while it was in use: it had %llu bytes",
			 file->name, (unsigned long long)file->bytes);
}

int image_file_read_at(const struct image_file *file, void *buf, size_t size, uint64_t offset,
		       struct error *err)
{
	unsigned char *bytes = buf;
	ssize_t n;

	for (size_t done = 0; done < size; done += (size_t)n) {
		n = file_pread(file, bytes + done, size - done, offset + done, err);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return file_shrunk(file, err);
	}
	return 0;
}

/* Returns: true if path looks like a URL, such as "https://...". */
static bool path_is_url(const char *path)
{
	size_t scheme = strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+");

	return scheme > 0 && strncmp(path + scheme, "://", 3) == 0;
}

static int file_open_path(struct image_file *file, const char *path, struct error *err)
{
	/* With O_NONBLOCK, opening a FIFO does not wait until another program writes to it. With
	 * O_NOCTTY, a terminal does not become the controlling terminal of this process. */
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file->fd >= 0)
		return 0;
	if (errno == ENOENT && strncasecmp(path, "file://", 7) == 0)
		return error_set(err, -ENOENT,
				 "%s is a URL; give the path of the image without file://",
				 file->name);
	if (errno == ENOENT && path_is_url(path))
		return error_set(err, -ENOENT,
				 "%s is a URL, not a file; download it first, or use a pipe: curl "
				 "-Lf URL | rpiboot --write -",
				 file->name);
	return error_set(err, -errno, "cannot open the image %s: %s", file->name, strerror(errno));
}

static int file_open_stdin(struct image_file *file, struct error *err)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_WRONLY)
		return error_set(
			err, -EBADF,
			"standard input is not open for reading, so it cannot deliver an image");
	file->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return file->fd < 0 ? (int)file_failed(file, -errno, err) : 0;
}

/* Determines the size of an opened image file. Rejects a directory, a terminal and an empty
 * file. */
static int file_look(struct image_file *file, bool is_stdin, struct error *err)
{
	const struct stat *st = &file->opened;
	off_t at, end;

	if (fstat(file->fd, &file->opened) < 0)
		return (int)file_failed(file, -errno, err);
	if (S_ISDIR(st->st_mode))
		return error_set(err, -EISDIR, "%s is a directory, not an image", file->name);
	if (isatty(file->fd))
		return error_set(err, -EINVAL,
				 "%s is a terminal; give an image with a pipe or with '<'",
				 file->name);
	if (S_ISREG(st->st_mode)) {
		file->bytes = (uint64_t)st->st_size;
		file->at_offsets = true;
	} else if (S_ISBLK(st->st_mode)) {
		at = lseek(file->fd, 0, SEEK_CUR);
		end = lseek(file->fd, 0, SEEK_END);
		if (end < 0 || lseek(file->fd, at, SEEK_SET) < 0)
			return (int)file_failed(file, -errno, err);
		file->bytes = (uint64_t)end;
		file->at_offsets = true;
	}
	/* If another process has already read a part of standard input, the image begins at the
	 * current offset of the file. Offsets from the beginning would be wrong, so read standard
	 * input like a pipe. */
	if (is_stdin && file->at_offsets && lseek(file->fd, 0, SEEK_CUR) != 0) {
		file->at_offsets = false;
		file->bytes = 0;
	}
	if (file->at_offsets && file->bytes == 0)
		return error_set(err, -EBADMSG, "%s is empty (0 bytes); fetch it again",
				 file->name);
	return 0;
}

static int file_read_head(struct image_file *file, struct error *err)
{
	ssize_t n;

	if (file->at_offsets) {
		file->head_bytes =
			file->bytes < sizeof(file->head) ? (size_t)file->bytes : sizeof(file->head);
		return image_file_read_at(file, file->head, file->head_bytes, 0, err);
	}
	do {
		n = file_pipe_read(file, file->head + file->head_bytes,
				   sizeof(file->head) - file->head_bytes, NULL, err);
		if (n < 0)
			return (int)n;
		file->head_bytes += (size_t)n;
	} while (n > 0 && file->head_bytes < sizeof(file->head));
	if (file->head_bytes == 0)
		return error_set(err, -EBADMSG,
				 "%s ended after 0 bytes and delivered no image; check the program "
				 "that writes the image",
				 file->name);
	return 0;
}

int image_file_open(struct image_file *ret, const char *path, const struct image_wait *wait,
		    struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int r;

	*ret = (struct image_file){.fd = -1, .wait = wait};
	ret->name = is_stdin ? strdup("standard input") : text_new("'%s'", path);
	if (!ret->name)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", path);
	r = is_stdin ? file_open_stdin(ret, err) : file_open_path(ret, path, err);
	if (r == 0)
		r = file_look(ret, is_stdin, err);
	if (r == 0)
		r = file_read_head(ret, err);
	if (r == 0 && ret->at_offsets)
		posix_fadvise(ret->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return r;
}

static bool time_is(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool image_file_is_same(const struct image_file *file)
{
	const struct stat *opened = &file->opened;
	struct stat st;

	if (!file->at_offsets || !S_ISREG(opened->st_mode))
		return true;
	if (fstat(file->fd, &st) < 0)
		return false;
	/* A change of the content changes st_mtim, so compare this time with the earlier one.
	 * st_ctim is unsuitable, because it also changes with the mode, the name or the links of
	 * the file. */
	return st.st_size == opened->st_size && time_is(&st.st_mtim, &opened->st_mtim);
}

void image_file_close(struct image_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->name);
	free(file->kept);
	*file = (struct image_file){.fd = -1};
}

/* Checks that the image file still ends at the size that it had when it was opened. If another byte
 * follows, another process is still writing the file, which is an error. */
static ssize_t cursor_end(const struct image_file *file, struct error *err)
{
	char byte;
	ssize_t n = file_pread(file, &byte, 1, file->bytes, err);

	if (n <= 0)
		return n;
	return error_set(err, -EIO,
			 "%s has grown while it was read: another program is still writing it",
			 file->name);
}

/* Makes room for `size` more bytes in the buffer `kept`. The buffer holds bytes that were read from
 * a pipe, because a pipe delivers each byte only once.
 * Returns: 0, -ENOMEM or -EFBIG. */
static int file_keep_room(struct image_file *file, size_t size, struct error *err)
{
	if (size > IMAGE_FILE_KEPT_MAX - file->kept_bytes)
		return error_set(err, -EFBIG,
				 "cannot determine the format of %s from its first bytes; save the "
				 "image to a file, and give rpiboot this file",
				 file->name);
	if (!file->kept)
		file->kept = malloc(IMAGE_FILE_KEPT_MAX);
	if (!file->kept)
		return error_set(err, -ENOMEM, "out of memory while reading %s", file->name);
	return 0;
}

/* Reads the next bytes of an image that comes through a pipe. The program has already read some
 * bytes to examine the image. These bytes come from two buffers: `head` has the first 4096 bytes,
 * and `kept` has the bytes after them. */
static ssize_t cursor_pipe_read(struct image_cursor *cursor, void *buf, size_t size,
				struct error *err)
{
	const struct image_file *file = cursor->file;
	const unsigned char *taken = file->head;
	uint64_t at = cursor->offset, there = file->head_bytes;
	struct image_file *keeper = cursor->keeper;
	ssize_t n;
	int r;

	if (at >= there) {
		taken = file->kept;
		at -= there;
		there = file->kept_bytes;
	}
	if (at < there) {
		if (size > there - at)
			size = (size_t)(there - at);
		memcpy(buf, taken + at, size);
		return (ssize_t)size;
	}
	if (keeper && size > FILE_KEEP_BYTES)
		size = FILE_KEEP_BYTES;
	r = keeper ? file_keep_room(keeper, size, err) : 0;
	if (r < 0)
		return r;
	n = file_pipe_read(file, buf, size, cursor->canceled, err);
	if (keeper && n > 0) {
		memcpy(keeper->kept + keeper->kept_bytes, buf, (size_t)n);
		keeper->kept_bytes += (size_t)n;
	}
	return n;
}

static ssize_t cursor_read(struct image_layer *layer, void *buf, size_t size, struct error *err)
{
	struct image_cursor *cursor = (struct image_cursor *)layer;
	const struct image_file *file = cursor->file;
	ssize_t n;

	if (cursor->canceled && atomic_load(cursor->canceled))
		return error_set(err, -ECANCELED, "reading %s was canceled", file->name);
	if (file->at_offsets) {
		if (cursor->offset >= file->bytes)
			return cursor_end(file, err);
		if (size > file->bytes - cursor->offset)
			size = (size_t)(file->bytes - cursor->offset);
		n = file_pread(file, buf, size, cursor->offset, err);
		if (n == 0)
			return file_shrunk(file, err);
	} else {
		n = cursor_pipe_read(cursor, buf, size, err);
	}
	if (n > 0)
		cursor->offset += (uint64_t)n;
	layer->used_bytes = cursor->offset;
	return n;
}

static void cursor_skip_to(struct image_layer *layer, uint64_t offset)
{
	((struct image_cursor *)layer)->offset = offset;
}

void image_cursor_init(struct image_cursor *ret, const struct image_file *file)
{
	*ret = (struct image_cursor){
		.layer = {.read = cursor_read, .skip_to = file->at_offsets ? cursor_skip_to : NULL},
		.file = file,
	};
}
