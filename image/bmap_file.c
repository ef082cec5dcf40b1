/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the text of a block map from a file or a pipe. image/bmap.c parses this text. */
#include "util/error.h"
#include "image/bmap.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define TEXT_ROOM_MIN 4096 /* initial buffer size in bytes */

struct text {
	char *bytes;
	size_t used, room;
};

static void text_done(struct text *text)
{
	free(text->bytes);
}

static int file_fail(const char *path, int code, struct error *err)
{
	return error_set(err, -code, "cannot read the block map %s: %s", path, strerror(code));
}

/* Ensures that the buffer for the text of a block map has room for at least one more byte. A full
 * buffer grows. */
static int text_grow(struct text *text, const char *path, struct error *err)
{
	size_t room = text->room ? 2 * text->room : TEXT_ROOM_MIN;
	char *grown;

	if (text->used < text->room)
		return 0;
	if (text->room > BMAP_TEXT_MAX)
		return error_set(err, -EFBIG, "the block map %s has more than %d bytes", path,
				 BMAP_TEXT_MAX);
	/* One more byte than the limit is enough to detect a text that is too long. */
	if (room > BMAP_TEXT_MAX)
		room = BMAP_TEXT_MAX + 1;
	grown = realloc(text->bytes, room);
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	text->bytes = grown;
	text->room = room;
	return 0;
}

/* Reads a whole block map from a file or a pipe into the buffer `text`. A pipe is read until its
 * writer closes it. */
static int text_read(struct text *text, int fd, const char *path, struct error *err)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	ssize_t n;
	int r;

	do {
		r = text_grow(text, path, err);
		if (r < 0)
			return r;
		/* Wait until the pipe has bytes before reading it. A read from a FIFO that has no
		 * writer yet returns 0 bytes, which looks like the end of the FIFO. */
		if (poll(&pollfd, 1, -1) < 0 && errno != EINTR)
			return file_fail(path, errno, err);
		n = read(fd, text->bytes + text->used, text->room - text->used);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return file_fail(path, errno, err);
		text->used += n > 0 ? (size_t)n : 0;
	} while (n != 0);
	return 0;
}

int bmap_read(struct bmap **ret, const char *path, struct error *err)
{
	/* With O_NONBLOCK, opening a FIFO does not wait until another program opens it for
	 * writing. */
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup(text_done) struct text text = {0};
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return file_fail(path, errno, err);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return error_set(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL,
				 "the block map %s is not a regular file", path);
	r = text_read(&text, fd, path, err);
	if (r < 0)
		return r;
	if (text.used == 0)
		return error_set(
			err, -EINVAL,
			"the block map %s is empty (0 bytes); fetch it again, or use --no-bmap",
			path);
	return bmap_parse(ret, path, text.bytes, text.used, err);
}
