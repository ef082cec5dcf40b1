/* SPDX-License-Identifier: Apache-2.0 */
/* A block map from a file. */
#include "error.h"
#include "flash/bmap.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int file_fail(const char *path, int code, struct error *err)
{
	return error_set(err, -code, "the block map %s cannot be read: %s", path, strerror(code));
}

int bmap_read(struct bmap **ret, const char *path, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free char *text = NULL;
	struct stat st;
	size_t used = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return file_fail(path, errno, err);
	if (!S_ISREG(st.st_mode))
		return error_set(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL,
				 "%s is no file, so it is no block map", path);
	if (st.st_size > BMAP_TEXT_MAX)
		return error_set(err, -EFBIG, "%s is too large for a block map", path);
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return error_set(err, -ENOMEM, "out of memory");
	while (used < (size_t)st.st_size) {
		ssize_t n = read(fd, text + used, (size_t)st.st_size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_fail(path, errno, err);
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return bmap_parse(ret, path, text, used, err);
}
