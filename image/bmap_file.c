/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the text of a block map, which lists the ranges of an image that contain data. image/bmap.c
 * parses this text. */
#include "util/error.h"
#include "image/bmap.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

static int file_fail(const char *path, int code, struct error *err)
{
	return error_set(err, -code, "cannot read the block map %s: %s", path, strerror(code));
}

/* Reads a whole block map from a file or a pipe into the buffer `text`, which has room for one byte
 * more than the longest block map, so that bmap_parse() detects a text that is too long. A pipe is
 * read until its writer closes it.
 * Returns: the number of bytes or a negative errno value. */
static ssize_t text_read(char *text, int fd, const char *path, struct error *err)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	size_t used = 0;
	ssize_t n;

	do {
		/* Wait until the pipe has bytes before reading it. A read from a FIFO that has no
		 * writer yet returns 0 bytes, which looks like the end of the FIFO. */
		if (poll(&pollfd, 1, -1) < 0 && errno != EINTR)
			return file_fail(path, errno, err);
		n = read(fd, text + used, BMAP_TEXT_MAX + 1 - used);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return file_fail(path, errno, err);
		used += n > 0 ? (size_t)n : 0;
	} while (n != 0 && used <= BMAP_TEXT_MAX);
	return (ssize_t)used;
}

int bmap_read(struct bmap **ret, const char *path, struct error *err)
{
	/* With O_NONBLOCK, opening a FIFO does not wait until another program opens it for
	 * writing. */
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free char *text = NULL;
	struct stat st;
	ssize_t size;

	if (fd < 0 || fstat(fd, &st) < 0)
		return file_fail(path, errno, err);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return error_set(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL,
				 "the block map %s is not a regular file", path);
	/* The buffer is as large as the longest block map. This wastes no memory, because the
	 * system provides it only for the part that the text fills. */
	text = malloc(BMAP_TEXT_MAX + 1);
	if (!text)
		return error_set(err, -ENOMEM, "out of memory");
	size = text_read(text, fd, path, err);
	if (size < 0)
		return (int)size;
	if (size == 0)
		return error_set(
			err, -EINVAL,
			"the block map %s is empty (0 bytes); fetch it again, or use --no-bmap",
			path);
	return bmap_parse(ret, path, text, (size_t)size, err);
}
