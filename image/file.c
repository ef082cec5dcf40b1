/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and reads the file or pipe of an image. This file does not know image formats. */
#include "image/file.h"

#include "util/error.h"
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE_KEEP_BYTES (32 * 1024) /* bytes that a keeper takes per read */
/* The interval in ms at which a waiting reader checks whether it is canceled. */
#define SOURCE_POLL_MS 200

static ssize_t source_failed(const struct image_source *source, int code, struct error *err)
{
	return error_set(err, code, "reading %s failed: %s", source->said, strerror(-code));
}

/* Checks whether a wait for the pipe was canceled or has timed out.
 * Returns: 0 (keep waiting) or a negative errno value with a message. */
static int source_give_up(const struct image_source *source, const atomic_bool *canceled,
			  struct error *err)
{
	int r;

	if (canceled && atomic_load(canceled))
		return error_set(err, -ECANCELED, "reading %s was canceled", source->said);
	r = !canceled && source->wait ? source->wait->give_up(source->wait->ctx) : 0;
	if (r == -ETIMEDOUT)
		return error_set(err, r, "%s did not give its first bytes in time", source->said);
	if (r < 0)
		return error_set(err, r, "interrupted while waiting for the first bytes of %s",
				 source->said);
	return 0;
}

/* Waits until the pipe has bytes and reads at least one of them. Returns 0 at the end of the
 * pipe. */
static ssize_t source_pipe_read(const struct image_source *source, void *buf, size_t size,
				const atomic_bool *canceled, struct error *err)
{
	struct pollfd pollfd = {.fd = source->fd, .events = POLLIN};
	ssize_t n;
	int r;

	for (;;) {
		r = source_give_up(source, canceled, err);
		if (r < 0)
			return r;
		/* Poll before the first read, too: a FIFO without a writer looks like a FIFO
		 * that has ended. */
		r = poll(&pollfd, 1, canceled || source->wait ? SOURCE_POLL_MS : -1);
		if (r < 0 && errno != EINTR)
			return source_failed(source, -errno, err);
		if (r <= 0)
			continue;
		n = read(source->fd, buf, size);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return source_failed(source, -errno, err);
	}
}

static ssize_t source_pread(const struct image_source *source, void *buf, size_t size,
			    uint64_t offset, struct error *err)
{
	ssize_t n;

	do
		n = pread(source->fd, buf, size, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? source_failed(source, -errno, err) : n;
}

static int source_shrunk(const struct image_source *source, struct error *err)
{
	return error_set(err, -EIO, "%s has become shorter than the %llu bytes it had",
			 source->said, (unsigned long long)source->bytes);
}

int image_source_get(const struct image_source *source, void *buf, size_t size, uint64_t offset,
		     struct error *err)
{
	unsigned char *bytes = buf;
	ssize_t n;

	for (size_t done = 0; done < size; done += (size_t)n) {
		n = source_pread(source, bytes + done, size - done, offset + done, err);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return source_shrunk(source, err);
	}
	return 0;
}

/* Returns: true if path begins with a URL scheme and "://". */
static bool path_is_url(const char *path)
{
	size_t scheme = strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+");

	return scheme > 0 && strncmp(path + scheme, "://", 3) == 0;
}

static int source_open_path(struct image_source *source, const char *path, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO does not wait for its writer. O_NOCTTY: a terminal does not
	 * become the controlling terminal of this process. */
	source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (source->fd >= 0)
		return 0;
	if (errno == ENOENT && strncasecmp(path, "file://", 7) == 0)
		return error_set(err, -ENOENT,
				 "%s is a URL, but an image is a file: give its path, without "
				 "file://",
				 source->said);
	if (errno == ENOENT && path_is_url(path))
		return error_set(err, -ENOENT,
				 "%s is a URL, but an image is a file: fetch it first, or pipe it "
				 "in: curl -Lf URL | rpiboot --write -",
				 source->said);
	return error_set(err, -errno, "cannot open the image %s: %s", source->said,
			 strerror(errno));
}

static int source_open_stdin(struct image_source *source, struct error *err)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_WRONLY)
		return error_set(err, -EBADF,
				 "standard input is not open for reading, no image can come");
	source->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return source->fd < 0 ? (int)source_failed(source, -errno, err) : 0;
}

/* Checks the type of the file and determines its size. */
static int source_look(struct image_source *source, bool is_stdin, struct error *err)
{
	struct stat st;

	if (fstat(source->fd, &st) < 0)
		return (int)source_failed(source, -errno, err);
	source->opened = st;
	if (S_ISDIR(st.st_mode))
		return error_set(err, -EISDIR, "%s is a directory, not an image", source->said);
	if (isatty(source->fd))
		return error_set(err, -EINVAL,
				 "%s is a terminal: give an image with a pipe or with '<'",
				 source->said);
	if (S_ISREG(st.st_mode)) {
		source->bytes = (uint64_t)st.st_size;
		source->at_offsets = true;
	} else if (S_ISBLK(st.st_mode)) {
		if (ioctl(source->fd, BLKGETSIZE64, &source->bytes) < 0)
			return (int)source_failed(source, -errno, err);
		source->at_offsets = true;
	}
	/* Standard input is not at its beginning, because another process has already read a
	 * part. The image is the rest, so standard input is read like a pipe. */
	if (is_stdin && source->at_offsets && lseek(source->fd, 0, SEEK_CUR) != 0) {
		source->at_offsets = false;
		source->bytes = 0;
	}
	if (source->at_offsets && source->bytes == 0)
		return error_set(err, -EBADMSG, "%s is empty (0 bytes): fetch it again",
				 source->said);
	return 0;
}

static int source_read_head(struct image_source *source, struct error *err)
{
	ssize_t n;

	if (source->at_offsets) {
		source->head_bytes = source->bytes < sizeof(source->head) ? (size_t)source->bytes
									  : sizeof(source->head);
		return image_source_get(source, source->head, source->head_bytes, 0, err);
	}
	do {
		n = source_pipe_read(source, source->head + source->head_bytes,
				     sizeof(source->head) - source->head_bytes, NULL, err);
		if (n < 0)
			return (int)n;
		source->head_bytes += (size_t)n;
	} while (n > 0 && source->head_bytes < sizeof(source->head));
	if (source->head_bytes == 0)
		return error_set(err, -EBADMSG, "%s gave no image: it ended without a byte",
				 source->said);
	return 0;
}

int image_source_open(struct image_source *ret, const char *path, const struct image_wait *wait,
		      struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int r;

	*ret = (struct image_source){.fd = -1, .wait = wait};
	if (is_stdin)
		ret->said = strdup("standard input");
	else if (asprintf(&ret->said, "'%s'", path) < 0)
		ret->said = NULL; /* asprintf() leaves it undefined */
	if (!ret->said)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", path);
	r = is_stdin ? source_open_stdin(ret, err) : source_open_path(ret, path, err);
	if (r == 0)
		r = source_look(ret, is_stdin, err);
	if (r == 0)
		r = source_read_head(ret, err);
	if (r == 0 && ret->at_offsets)
		posix_fadvise(ret->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return r;
}

static bool time_is(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool image_source_is_same(const struct image_source *source)
{
	const struct stat *opened = &source->opened;
	struct stat st;

	if (!source->at_offsets || !S_ISREG(opened->st_mode))
		return true;
	if (fstat(source->fd, &st) < 0)
		return false;
	/* Compare the modification time, not st_ctime. chmod, a rename and a new link change
	 * st_ctime, too. */
	return st.st_size == opened->st_size && time_is(&st.st_mtim, &opened->st_mtim);
}

void image_source_close(struct image_source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	free(source->said);
	free(source->kept);
	*source = (struct image_source){.fd = -1};
}

/* Handles the end of the file, at the size that it had when it was opened. If another byte
 * follows, another process is still writing the file. */
static ssize_t input_end(const struct image_source *source, struct error *err)
{
	char byte;
	ssize_t n = source_pread(source, &byte, 1, source->bytes, err);

	if (n <= 0)
		return n;
	return error_set(err, -EIO,
			 "%s has grown while it was read: another program is still writing it",
			 source->said);
}

/* Makes room for size more bytes in the kept bytes.
 * Returns: 0, -ENOMEM or -EFBIG. */
static int source_keep_room(struct image_source *source, size_t size, struct error *err)
{
	size_t room = source->kept_bytes + size;
	unsigned char *grown;

	if (room > IMAGE_SOURCE_KEPT_MAX)
		return error_set(err, -EFBIG, "%s shows too little in its first bytes",
				 source->said);
	if (room <= source->kept_room)
		return 0;
	grown = realloc(source->kept, room);
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory while reading %s", source->said);
	source->kept = grown;
	source->kept_room = room;
	return 0;
}

/* Reads the next bytes of a pipe. Bytes that have already been read from the pipe come from head
 * and kept. */
static ssize_t input_pipe_read(struct image_input *input, void *buf, size_t size, struct error *err)
{
	const struct image_source *source = input->source;
	const unsigned char *taken = source->head;
	uint64_t at = input->offset, there = source->head_bytes;
	struct image_source *keeper = input->keeper;
	ssize_t n;
	int r;

	if (at >= there) {
		taken = source->kept;
		at -= there;
		there = source->kept_bytes;
	}
	if (at < there) {
		if (size > there - at)
			size = (size_t)(there - at);
		memcpy(buf, taken + at, size);
		return (ssize_t)size;
	}
	if (keeper && size > SOURCE_KEEP_BYTES)
		size = SOURCE_KEEP_BYTES;
	r = keeper ? source_keep_room(keeper, size, err) : 0;
	if (r < 0)
		return r;
	n = source_pipe_read(source, buf, size, input->canceled, err);
	if (keeper && n > 0) {
		memcpy(keeper->kept + keeper->kept_bytes, buf, (size_t)n);
		keeper->kept_bytes += (size_t)n;
	}
	return n;
}

ssize_t image_input_read(struct image_input *input, void *buf, size_t size, struct error *err)
{
	const struct image_source *source = input->source;
	ssize_t n;

	if (input->canceled && atomic_load(input->canceled))
		return error_set(err, -ECANCELED, "reading %s was canceled", source->said);
	if (source->at_offsets) {
		if (input->offset >= source->bytes)
			return input_end(source, err);
		if (size > source->bytes - input->offset)
			size = (size_t)(source->bytes - input->offset);
		n = source_pread(source, buf, size, input->offset, err);
		if (n == 0)
			return source_shrunk(source, err);
	} else {
		n = input_pipe_read(input, buf, size, err);
	}
	if (n > 0)
		input->offset += (uint64_t)n;
	return n;
}
